/** Trains beside the page: commands wait for the GPU one after another, and the page never does. */
import { decodeCheckpoint } from "@webgfn/sampler";
import { WebgfnError } from "@webgfn/tensor";
import type { Command, Report } from "./protocol.js";
import { Session } from "./training/session.js";

let session: Session | undefined;
let playing = false;
/** Everything happens in turn. */
let queue: Promise<void> = Promise.resolve();

const tell = (report: Report) => postMessage(report);

function enqueue(action: () => Promise<void> | void): Promise<void> {
  queue = queue.then(action).catch(fail);
  return queue;
}

function fail(cause: unknown): void {
  playing = false;
  const { code, message, fix } = cause instanceof WebgfnError ? cause : { code: "unexpected", message: String(cause), fix: undefined };
  tell({ type: "failed", code, message, ...(fix === undefined ? {} : { fix }) });
}

async function play(): Promise<void> {
  if (playing) return;
  playing = true;
  while (playing) await enqueue(() => (playing ? session?.turn() : undefined));
}

async function handle(command: Command): Promise<void> {
  switch (command.type) {
    case "start": {
      session?.dispose();
      session = undefined;
      const { settings, checkpoint } = command;
      session = await Session.start(settings, tell, checkpoint ? { checkpoint: decodeCheckpoint(checkpoint, "the file") } : {});
      break;
    }
    case "recover": {
      const saved = session?.saved;
      if (saved === undefined) return;
      const old = session;
      session = await Session.start(saved.settings, tell, { states: saved.states });
      old?.dispose();
      break;
    }
    case "step":
      return session?.step();
    case "retarget":
      await session?.retarget(command.env);
      return showIfPaused();
    case "temperature":
      session?.setTemperature(command.value);
      return showIfPaused();
    case "select":
      session?.select(command.index);
      await showIfPaused();
      return measureIfPaused();
    case "gauge":
      session?.setGauge(command.on);
      return measureIfPaused();
    case "export":
      if (session !== undefined) tell({ type: "exported", ...(await session.export()) });
  }
}

/** While it trains, the next picture comes by itself. */
async function showIfPaused(): Promise<void> {
  if (!playing) await session?.show();
}

async function measureIfPaused(): Promise<void> {
  if (!playing) await session?.measureIfOn();
}

addEventListener("message", ({ data }: MessageEvent<Command>) => {
  if (data.type === "pause") {
    playing = false;
    void enqueue(() => session?.show());
  } else if (data.type === "play") void play();
  else {
    if (data.type === "start") playing = false;
    void enqueue(() => handle(data));
  }
});
