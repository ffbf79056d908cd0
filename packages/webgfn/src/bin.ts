#!/usr/bin/env node
import { main } from "./main.js";
import { watchOutput } from "./output.js";

watchOutput();
process.exitCode = await main(process.argv.slice(2));
