// Trains scenarios in Node and writes what the page shows of them to public/recordings: `node packages/playground/record.mjs [NAME …]`.
// The page shows such a recording at once, before a GPU has compiled its kernels, and where there is none.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { openDevice } from "@webgfn/tensor";
import { createServer } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const folder = join(root, "public/recordings");

async function record(load, device, scenario) {
  const [{ Session }, { makeTarget }, { Film }, { recorded }, { toHash }] = await Promise.all(
    ["training/session", "target", "film", "recording", "address"].map((name) => load(`/src/${name}.ts`)),
  );
  const { name, settings, steps } = scenario;
  const film = new Film();
  let columns = [];
  const report = (message) => {
    if (message.type === "started") columns = message.columns;
    if (message.type === "progress") film.add(message.frame);
  };
  const none = settings.choices.map(() => null);
  const target = await makeTarget(device, settings);
  const session = await Session.start(device, settings, target, report, { keep: none, states: none, files: none });
  while (!(await session.turn(steps)));
  session.dispose();
  const text = JSON.stringify(recorded(film.frames, { hash: toHash(settings), adapter: device.adapter.name, columns }));
  writeFileSync(join(folder, `${name}.json`), text);
  return { frames: film.frames, bytes: text.length, zipped: gzipSync(text).length };
}

const server = await createServer({
  root,
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  appType: "custom",
});
const device = await openDevice();
try {
  const load = (name) => server.ssrLoadModule(name);
  const { SCENARIOS } = await load("/src/scenarios.ts");
  const wanted = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  for (const scenario of SCENARIOS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const { frames, bytes, zipped } = await record(load, device, scenario);
    const facts = frames.at(-1).runs.map(({ values, missed }) => {
      const distance = values.l1 ?? values.js;
      return `${distance.toFixed(3)} missed ${missed?.toFixed(2)} log Z ${values.logZ.toFixed(2)}`;
    });
    console.log(`${scenario.name}: ${facts.join(" | ")}; ${frames.length} frames, ${bytes} bytes, ${zipped} zipped`);
  }
} finally {
  device.dispose();
  await server.close();
}
