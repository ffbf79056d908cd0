import { objectives } from "@webgfn/objectives";
import { type DiagnosedEvaluation, diagnose, type Finding } from "@webgfn/trainer";
import type { Configuration } from "./configuration.js";

/** A run's evaluations, in the order of steps, and further facts about the run. */
interface DiagnosedRun {
  configuration: Configuration;
  evaluations: readonly DiagnosedEvaluation[];
  exactLogZ: number | undefined;
  /** The evaluation to explain, based on `samples` trajectories. Default: the last one. */
  full?: { evaluation: DiagnosedEvaluation; samples: number };
}

/** Describes what is wrong with the policies of a run. An untrained policy is not diagnosed. */
export function diagnoseRun({ configuration, evaluations, exactLogZ, full }: DiagnosedRun): Finding[] {
  const evaluation = full?.evaluation ?? evaluations.at(-1);
  if (evaluation === undefined || evaluation.step === 0) return [];
  const { objective } = configuration;
  // A user's objective may not be loaded; its family is then unknown, and no advice concerns estimators.
  const family = Object.hasOwn(objectives, objective) ? objectives[objective]?.family : undefined;
  return diagnose(evaluation, {
    exactLogZ,
    settings: { ...configuration, family },
    history: evaluations,
    ...(full && { samples: full.samples }),
  });
}

/** The sentences of a diagnosis, for JSON. */
export function sentences(findings: readonly Finding[]): string[] {
  return findings.map(({ text }) => text);
}

/** A diagnosis for people, as lines with a heading; empty if there are no findings. Broken replicas are reported elsewhere. */
export function diagnosisText(findings: readonly Finding[]): string {
  const shown = findings.filter(({ kind }) => kind !== "fault");
  return shown.length === 0 ? "" : `Diagnosis:\n${shown.map(({ text }) => wrapped(text)).join("\n")}\n`;
}

/** Letters of a line. */
const WIDTH = 100;

/** Wraps a text into indented lines. Lines after the first are indented more, to separate paragraphs. */
function wrapped(text: string): string {
  const lines = ["  "];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string;
    const isFirst = line.trim() === "";
    if (isFirst || line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = isFirst ? `${line}${word}` : `${line} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines.join("\n");
}

/** Number of rewards evaluated until a step, over all replicas; an object that was sampled twice counts twice. */
export function rewardEvaluations({ batchSize, replicas }: Configuration, step: number): number {
  return step * batchSize * replicas;
}
