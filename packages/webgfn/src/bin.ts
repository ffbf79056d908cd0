#!/usr/bin/env node
import { watchStrays } from "@webgfn/runs/node/internal";
import { complain, main } from "./main.js";
import { watchOutput } from "./output.js";

const words = process.argv.slice(2);
watchOutput();
const stopWatching = watchStrays((cause) => process.exit(complain(cause, words)));
process.exitCode = await main(words);
stopWatching();
