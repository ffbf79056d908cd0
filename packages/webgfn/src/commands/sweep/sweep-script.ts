import { resolve } from "node:path";
import { dockerfile, kubernetesManifest, slurmScript } from "@webgfn/sweeps/internal";
import { argumentError, shownName, unknownWord } from "@webgfn/tensor/internal";
import { wholeOption } from "../../arguments.js";
import type { Arguments, Command } from "../../command.js";
import { print } from "../../output.js";
import { version } from "../../version.js";
import { planIn, SWEEP_OPTIONS, sweepFolder } from "./sweep-plan.js";

const ENGINES = ["slurm", "kubernetes", "dockerfile"];
/** SLURM's default MaxArraySize, also the default number of pods that a Job starts at a time. */
const ARRAY = 1001;
const PODS = 10;

export const sweepScript: Command = {
  name: "sweep script",
  summary: "print a script that carries out a sweep on a cluster",
  operands: "slurm|kubernetes|dockerfile FILE",
  mostOperands: 2,
  options: {
    ...SWEEP_OPTIONS,
    parallel: { value: "N", text: `most runs at a time (slurm: as the cluster decides; kubernetes: ${PODS})` },
    gpus: { value: "N", text: "GPUs per run (default 1; 0 for software adapters)" },
    cpus: { value: "N", text: "CPU cores per run (default 2)" },
    time: { value: "TIME", text: "slurm: most time of a task, such as 4:00:00; a run that needs more is queued again" },
    "max-array": { value: "N", text: `slurm: most tasks of an array, MaxArraySize of its configuration (default ${ARRAY})` },
    command: { value: "CMD", text: "slurm: the command that starts webgfn there (default: this program)" },
    image: { value: "NAME", text: "kubernetes: the image, made from the dockerfile (default webgfn:VERSION)" },
    claim: { value: "NAME", text: "kubernetes: the volume claim with FILE and DIR, which all pods write (default webgfn)" },
  },
  parameters: [],
  examples: [
    "sweep script slurm grid.json --out sweeps/grid --parallel 8 --time 4:00:00 > grid.sh",
    "sweep script kubernetes grid.json --out sweeps/grid --image registry.example/webgfn > grid.yaml",
    "sweep script dockerfile > Dockerfile",
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const [engine, file] = given.operands;
  if (engine === undefined || !ENGINES.includes(engine)) {
    if (engine !== undefined) throw unknownWord("a script", engine, ENGINES);
    throw argumentError("webgfn sweep script needs an engine", `choose from ${ENGINES.join(", ")}`);
  }
  if (engine === "dockerfile") {
    if (file !== undefined)
      throw argumentError(
        `webgfn sweep script dockerfile takes no sweep file, and got "${shownName(file)}"`,
        "one image serves all sweeps",
      );
    await print(dockerfile(version()));
    return 0;
  }
  if (file === undefined) throw argumentError(`webgfn sweep script ${engine} needs a sweep file`);
  const out = sweepFolder(given, sweepScript);
  const { runs } = await planIn(out, file, given);
  const parallel = given.values.has("parallel") ? wholeOption(given, "parallel", PODS, 1) : undefined;
  const shared = { file, out, runs: runs.length, gpus: wholeOption(given, "gpus", 1, 0), cpus: wholeOption(given, "cpus", 2, 1) };
  if (engine === "kubernetes") {
    const claim = given.values.get("claim") ?? "webgfn";
    if (!/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/.test(claim)) {
      throw argumentError(`--claim must be a name of Kubernetes, of a-z, 0-9, - and points, not "${claim}"`);
    }
    const image = given.values.get("image") ?? `webgfn:${version()}`;
    await print(kubernetesManifest({ ...shared, parallel: parallel ?? PODS, image, claim }));
    return 0;
  }
  const time = given.values.get("time");
  if (time !== undefined && !/^(\d+-)?\d+(:\d+){0,2}$/.test(time))
    throw argumentError(`--time must be a time as SLURM writes it, such as 4:00:00, not "${time}"`);
  const command = given.values.get("command");
  await print(
    slurmScript({
      ...shared,
      command:
        command === undefined
          ? [process.execPath, resolve(process.argv[1] ?? "webgfn")]
          : command.split(/\s+/).filter((word) => word !== ""),
      cwd: process.cwd(),
      maxArraySize: wholeOption(given, "max-array", ARRAY, 1),
      ...(parallel !== undefined && { parallel }),
      ...(time !== undefined && { time }),
    }),
  );
  return 0;
}
