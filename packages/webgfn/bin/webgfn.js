#!/usr/bin/env node
// Package managers link a program only if its file is there when they install, before anything is built.
import "../dist/bin.js";
