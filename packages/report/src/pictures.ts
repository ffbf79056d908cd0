import { adapterText } from "@webgfn/runs/internal";
import { openQuietly, openRun } from "@webgfn/runs/node/internal";
import { type Device, WebgfnError } from "@webgfn/tensor";
import { requireArgument } from "@webgfn/tensor/internal";
import { densityMaps } from "./density-maps.js";
import { exactPictures } from "./exact-pictures.js";
import type { Picture } from "./picture.js";
import { type ReportedRun, type RunGroup, requireGroups } from "./runs.js";
import { sampledRanking } from "./sampled-ranking.js";
import type { TrainedRun } from "./trained-run.js";

/** Pictures show one replica: a mean over several would hide what each of them has missed. */
const REPLICA = 0;

/**
 * Draws the target and what each run has learned of it, as far as its environment allows.
 *
 * @param notes receives a sentence for whatever could not be drawn.
 * @param say tells what is being drawn, which may take a while on a software adapter.
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
    notes.push(`There are no pictures of what was learned: ${expected(cause)}.`);
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

/** A run's checkpoint, if it has one that can be used. */
function load({ environment }: RunGroup, { folder, label, parts }: ReportedRun, colour: number, notes: string[]): TrainedRun[] {
  if (environment === undefined) return [];
  try {
    return [{ ...openRun(folder.configuration, folder.readCheckpoint(), environment, parts, REPLICA), label, colour }];
  } catch (cause) {
    notes.push(`There is no picture of ${folder.path}: ${expected(cause)}.`);
    return [];
  }
}

async function picturesOf(device: Device, runs: readonly TrainedRun[], notes: string[]): Promise<Picture[]> {
  const { environment } = runs[0] as TrainedRun;
  const draw =
    environment.objects.picture.kind === "density" ? densityMaps : environment.enumeration.available ? exactPictures : sampledRanking;
  try {
    const drawn = await draw(device, environment, runs);
    const how = `${stepsText(runs)}, replica ${REPLICA}, on ${adapterText(device.adapter)}`;
    return drawn.map((picture) => ({ ...picture, explanation: `${picture.explanation} (${how})` }));
  } catch (cause) {
    notes.push(`There are no pictures of ${environment.title}: ${expected(cause)}.`);
    return [];
  }
}

function stepsText(runs: readonly TrainedRun[]): string {
  const steps = [...new Set(runs.map(({ checkpoint }) => checkpoint.step))];
  return `checkpoint${runs.length > 1 ? "s" : ""} at step ${steps.join(", ")}`;
}

/** The sentence of a failure that may happen; any other goes on as a fault of the program. */
function expected(cause: unknown): string {
  if (!(cause instanceof WebgfnError)) throw cause;
  return `${cause.message}${cause.fix === undefined ? "" : `; ${cause.fix}`}`;
}
