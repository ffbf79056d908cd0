import type { Environment } from "@webgfn/envs";
import { adapterText } from "@webgfn/runs/internal";
import { openQuietly, openRun } from "@webgfn/runs/node/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { requireArgument } from "@webgfn/tensor/internal";
import { listTarget } from "@webgfn/trainer";
import { densityMaps } from "./density-maps.js";
import { exactPictures } from "./exact-pictures.js";
import { graphPictures } from "./graph-pictures.js";
import type { Picture } from "./picture.js";
import { type ReportedRun, type RunGroup, requireGroups } from "./runs.js";
import { sampledRanking } from "./sampled-ranking.js";
import type { TrainedRun } from "./trained-run.js";
import { treePictures } from "./tree-pictures.js";

/** The replica shown in pictures. A mean over replicas would hide modes that each of them misses. */
const REPLICA = 0;

/**
 * Draws the target and the distribution that each run has learned, if the environment has a picture.
 *
 * @param notes receives a sentence for each picture that could not be drawn.
 * @param say called with a line of progress before each group of pictures. Drawing may take a while on a software adapter.
 * @throws WebgfnError `argument` if notes are not a list. The error of a single picture becomes a note.
 *
 * @example
 * ```ts
 * import { drawPictures, readRuns } from "@webgfn/report";
 * const notes: string[] = [];
 * const pictures = await drawPictures(await readRuns(["runs/grid"], notes), notes, console.error);
 * for (const [{ title }, drawn] of pictures) console.log(title, drawn.length);
 * ```
 */
export async function drawPictures(
  groups: readonly RunGroup[],
  notes: string[],
  say: (text: string) => void,
): Promise<Map<RunGroup, Picture[]>> {
  requireGroups(groups);
  requireArgument.list("notes", notes);
  const pictures = new Map<RunGroup, Picture[]>();
  const trained = new Map(groups.map((group) => [group, group.runs.flatMap((run, colour) => load(group, run, colour, notes))]));
  if (![...trained.values()].some((runs) => runs.length > 0)) return pictures;
  const device = await openQuietly().catch((cause: unknown) => {
    notes.push(`There are no pictures of the learned distributions: ${expectedMessage(cause)}.`);
  });
  if (device === undefined) return pictures;
  try {
    for (const [group, runs] of trained) {
      if (runs.length === 0) continue;
      say(`drawing ${group.title} …`);
      pictures.set(group, await picturesOf(device, runs, notes));
    }
  } finally {
    device.dispose();
  }
  return pictures;
}

/** Loads a run's checkpoint. Returns an empty list, and adds a note, if there is no usable one. */
function load({ environment }: RunGroup, { folder, label, parts }: ReportedRun, colour: number, notes: string[]): TrainedRun[] {
  if (environment === undefined) return [];
  if (folder.configuration.prior !== undefined) {
    notes.push(`There is no picture of ${folder.path}: its target is p_prior R/Z, and pictures show R/Z.`);
    return [];
  }
  try {
    return [{ ...openRun(folder.configuration, folder.readCheckpoint(), environment, parts, REPLICA), label, colour }];
  } catch (cause) {
    notes.push(`There is no picture of ${folder.path}: ${expectedMessage(cause)}.`);
    return [];
  }
}

async function picturesOf(device: Device, runs: readonly TrainedRun[], notes: string[]): Promise<Picture[]> {
  const { environment: made } = runs[0] as TrainedRun;
  try {
    const environment = await listTarget(device, made);
    const draw = painterOf(environment);
    const drawn = await draw(
      device,
      environment,
      runs.map((run) => ({ ...run, environment })),
    );
    const how = `${stepsText(runs)}, replica ${REPLICA}, on ${adapterText(device.adapter)}`;
    return drawn.map((picture) => ({ ...picture, explanation: `${picture.explanation} (${how})` }));
  } catch (cause) {
    notes.push(`There are no pictures of ${made.title}: ${expectedMessage(cause)}.`);
    return [];
  }
}

function painterOf({ enumeration, objects }: Environment): typeof exactPictures {
  if (objects.picture.kind === "density") return densityMaps;
  if (objects.picture.kind === "trees") return treePictures;
  if (enumeration.available) return exactPictures;
  return objects.picture.kind === "edges" ? graphPictures : sampledRanking;
}

function stepsText(runs: readonly TrainedRun[]): string {
  const steps = [...new Set(runs.map(({ checkpoint }) => checkpoint.step))];
  return `checkpoint${runs.length > 1 ? "s" : ""} at step ${steps.join(", ")}`;
}

/** The message of an expected failure, a WebgfnError. Rethrows any other error, because it is a bug. */
function expectedMessage(cause: unknown): string {
  if (!(cause instanceof WebgfnError)) throw cause;
  return `${cause.message}${cause.fix === undefined ? "" : `; ${cause.fix}`}`;
}
