// Modes that training finds, as JSON lines: `node bench/modes.mjs [TRAJECTORIES] [SEEDS]`. The task is the hypergrid of side 20 in 4
// dimensions, with 256 modes; a mode counts when training has sampled it, replayed trajectories included in TRAJECTORIES.
import { hypergrid, makeObjective, openDevice, Trainer } from "webgfn";

const [trajectories = 100_000, seeds = 3] = process.argv.slice(2).map(Number);
const ENVIRONMENT = hypergrid({ dimensions: 4, side: 20, r0: 1e-3 });
const BATCH = 128;
const WAYS = [
  { objective: "tb" },
  { objective: "tb", exploration: 0.2, explorationEnd: 0 },
  { objective: "tb", source: "policy:0.5,replay:0.5" },
  { objective: "tb", parameters: { loss: "huber" }, exploration: 0.2, explorationEnd: 0 },
  { objective: "renyi" },
  { objective: "renyi", exploration: 0.2, explorationEnd: 0 },
  { objective: "jsd", exploration: 0.2, explorationEnd: 0 },
  { objective: "subtb" },
  { objective: "mdb" },
];

/** Whether a coordinate lies in the band: 3 (H − 1) < 5 |2x − (H − 1)| < 4 (H − 1). */
const inBand = (x) => {
  const width = ENVIRONMENT.parameters.side - 1;
  const distance = 5 * Math.abs(2 * x - width);
  return 3 * width < distance && distance < 4 * width;
};

const device = await openDevice();
for (const { objective, parameters, ...options } of WAYS) {
  const steps = Math.floor(trajectories / BATCH);
  const trainer = await Trainer.create(device, {
    environment: ENVIRONMENT,
    objective: makeObjective(objective, parameters),
    batchSize: BATCH,
    steps,
    replicas: seeds,
    ...options,
  });
  const found = Array.from({ length: seeds }, () => new Set());
  const words = ENVIRONMENT.stateWords;
  for (let step = 0; step < steps; step++) {
    await trainer.train(1);
    const states = await trainer.buffers.objects.read();
    for (let n = 0; n < seeds * BATCH; n++) {
      const { coordinates } = ENVIRONMENT.decode(states.subarray(n * words, (n + 1) * words));
      if (coordinates.every(inBand)) found[Math.floor(n / BATCH)].add(coordinates.join());
    }
  }
  trainer.dispose();
  console.log(JSON.stringify({ objective, ...parameters, ...options, trajectories: steps * BATCH, modes: found.map(({ size }) => size) }));
}
device.dispose();
