/** Trains in a worker, so that the page never waits for the GPU. Commands run one after another. */

import type { Environment } from "@webgfn/envs";
import { decodeCheckpoint } from "@webgfn/sampler";
import { type Device, openDevice, WebgfnError } from "@webgfn/tensor";
import type { Command, Report, Speed } from "./protocol.js";
import { makeTarget, type TargetSettings } from "./target.js";
import { Session } from "./training/session.js";

let device: Device | undefined;
let session: Session | undefined;
let playing = false;
let speed: Speed = "full";
let gaugeOn = false;
/** The end of the queue of actions: each waits for the one before. */
let queue: Promise<void> = Promise.resolve();

const report = (message: Report) => postMessage(message);

function enqueue(action: () => Promise<void> | void): Promise<void> {
  queue = queue.then(action).catch(fail);
  return queue;
}

function fail(cause: unknown): void {
  playing = false;
  const { code, message, fix } = cause instanceof WebgfnError ? cause : { code: "unexpected", message: String(cause), fix: undefined };
  report({ type: "failed", code, message, ...(fix === undefined ? {} : { fix }) });
}

/** The device of the previous session, or a new one if that device was lost. */
async function usableDevice(): Promise<Device> {
  try {
    device?.check();
  } catch {
    device?.dispose();
    device = undefined;
  }
  if (device !== undefined) return device;
  report({ type: "busy", text: "Looking for a GPU …" });
  const opened = await openDevice();
  device = opened;
  void opened.gpu.lost.then(({ message, reason }) => {
    // Ignore the loss of a device that was already replaced.
    if (device === opened) report({ type: "failed", code: "device-lost", message: `The GPU was lost: ${message || reason}` });
  });
  return opened;
}

/** The latest target, with the key of its settings: an expression is not evaluated again for other training settings. */
let latest: { key: string; environment: Environment } | undefined;

async function targetOf({ environment, env, reward, beta }: TargetSettings): Promise<Environment> {
  const key = JSON.stringify([environment, env, reward, beta]);
  if (latest?.key !== key) latest = { key, environment: await makeTarget(await usableDevice(), { environment, env, reward, beta }) };
  return latest.environment;
}

/** Number of training loops started. A loop ends when a newer one has started, so that two never run at once. */
let loops = 0;

async function play(until: number | undefined): Promise<void> {
  if (playing) return;
  playing = true;
  const loop = ++loops;
  const isOn = () => playing && loop === loops;
  while (isOn()) {
    await enqueue(async () => {
      if (session === undefined) playing = false;
      else if (isOn() && (await session.turn(until))) {
        playing = false;
        report({ type: "paused" });
      }
    });
  }
}

async function start({ settings, keep, states = [], files, retire }: Extract<Command, { type: "start" }>): Promise<void> {
  const previous = session;
  session = undefined;
  if (previous !== undefined && retire !== undefined) report({ type: "retired", retire, states: await previous.states() });
  if (settings.reward !== "") report({ type: "busy", text: "Evaluating the reward of every object …" });
  try {
    const device = await usableDevice();
    const target = await targetOf(settings);
    const decoded = files.map((file) => (file === null ? null : decodeCheckpoint(file, "the file")));
    session = await Session.start(device, settings, target, report, { previous, keep, states, files: decoded });
    session.setSpeed(speed);
    session.setGauge(gaugeOn);
  } catch (cause) {
    // If the new session fails, nothing of the old one stays on the device.
    if (session === undefined) previous?.dispose();
    throw cause;
  }
}

async function handle(command: Command): Promise<void> {
  switch (command.type) {
    case "start":
      await start(command);
      break;
    case "recover": {
      if (session === undefined) return;
      const { settings, states, files } = session.saved;
      const previous = session;
      const device = await usableDevice();
      session = await Session.start(device, settings, await targetOf(settings), report, { previous, keep: [], states, files });
      session.setSpeed(speed);
      session.setGauge(gaugeOn);
      break;
    }
    case "evaluate": {
      const { settings, question } = command;
      try {
        await targetOf(settings);
        report({ type: "evaluated", question });
      } catch (cause) {
        if (!(cause instanceof WebgfnError) || cause.code === "device-lost") throw cause;
        report({ type: "evaluated", question, problem: cause.message, fix: cause.fix });
      }
      break;
    }
    case "step":
      return session?.stepOnce();
    case "speed":
      speed = command.speed;
      session?.setSpeed(speed);
      break;
    case "retarget":
      await session?.retarget(command.env);
      return showIfPaused();
    case "temperature":
      session?.setTemperature(command.value);
      return showIfPaused();
    case "select":
      await session?.select(command.index);
      return measureIfPaused();
    case "another":
      return session?.sample();
    case "gauge":
      gaugeOn = command.on;
      session?.setGauge(gaugeOn);
      return measureIfPaused();
    case "export":
      if (session !== undefined) report({ type: "exported", ...(await session.export()) });
  }
}

/** Shows a picture now if training is paused. Otherwise the training loop shows the next one soon. */
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
  } else if (data.type === "play") void play(data.until);
  else {
    if (data.type === "start") playing = false;
    void enqueue(() => handle(data));
  }
});
