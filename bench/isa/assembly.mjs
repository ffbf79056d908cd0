// The instructions of a kernel as RADV prints them (RADV_DEBUG=asm), in blocks, and the loops among them.

/** What an instruction occupies, by the beginning of its name. The first that fits counts. */
const KINDS = [
  ["skip", /^s_(waitcnt_depctr|delay|nop|clause|set_inst|code_end|inst_prefetch)/],
  ["wait", /^s_waitcnt/],
  ["barrier", /^s_barrier/],
  ["branch", /^s_c?branch/],
  ["scalarLoad", /^s_(buffer_)?load/],
  ["scalar", /^s_/],
  ["transcendental", /^v_(exp|log|rcp|sqrt|rsq|sin|cos)/],
  ["integerProduct", /^v_(mul_lo|mul_hi|mad_u64)/],
  ["toScalar", /^v_read(firstlane|lane)/],
  ["compare", /^v_cmp/],
  ["vector", /^v_/],
  ["load", /^(buffer|global)_load/],
  ["store", /^(buffer|global|scratch)_/],
  ["sharedLoad", /^ds_(load|read)/],
  ["sharedStore", /^ds_/],
];

export function kindOf(instruction) {
  return KINDS.find(([, pattern]) => pattern.test(instruction))?.[0] ?? "other";
}

const FUSED = /^v_(fma|fmac|pk_fma|dual_fmac|mad_f)/;

/** Blocks `BBn:` of a listing, in their order. An instruction with two halves (`::`) is two. */
export function blocksOf(text) {
  const blocks = [];
  for (const line of text.split("\n")) {
    const id = /^BB(\d+):/.exec(line)?.[1];
    if (id !== undefined) blocks.push({ id: Number(id), instructions: [] });
    else if (/^\t[a-z]/.test(line)) {
      const instructions = line.split(";", 1)[0].split("::");
      blocks.at(-1)?.instructions.push(...instructions.map((each) => each.trim()));
    } else if (blocks.length > 0 && line.startsWith("***")) break;
  }
  return blocks;
}

/** Loops in the order of their heads: the first and last index in `blocks`, how deep they are nested, and what they have beside inner loops. */
export function loopsOf(blocks) {
  const indices = new Map(blocks.map(({ id }, n) => [id, n]));
  const ends = new Map();
  blocks.forEach(({ instructions }, n) => {
    for (const instruction of instructions) {
      const head = indices.get(Number(/^s_c?branch\w*\s+BB(\d+)/.exec(instruction)?.[1]));
      if (head !== undefined && head <= n) ends.set(head, Math.max(n, ends.get(head) ?? 0));
    }
  });
  const ranges = [...ends].sort(([a], [b]) => a - b).map(([first, last]) => ({ first, last }));
  const isWithin = (inner, outer) => inner !== outer && outer.first <= inner.first && inner.last <= outer.last;
  return ranges.map((loop) => {
    const inner = ranges.filter((other) => isWithin(other, loop));
    const counts = { instructions: 0, fused: 0, load: 0, wait: 0 };
    for (let n = loop.first; n <= loop.last; n++) {
      if (inner.some(({ first, last }) => first <= n && n <= last)) continue;
      for (const instruction of blocks[n].instructions) {
        const kind = kindOf(instruction);
        counts.instructions += kind === "skip" ? 0 : 1;
        counts.fused += FUSED.test(instruction) ? 1 : 0;
        if (kind === "load") counts.load++;
        if (/vmcnt/.test(instruction)) counts.wait++;
      }
    }
    return { ...loop, depth: ranges.filter((other) => isWithin(loop, other)).length, ...counts };
  });
}
