import type { Column } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { curvesCsv } from "./curves-csv.js";
import { heatMapSvg } from "./heat-map-svg.js";
import { lineChartSvg } from "./line-chart-svg.js";
import { iframeSnippet } from "./snippets.js";

const LOOK = {
  title: "Learned <by> & α",
  across: "x",
  up: "y",
  paper: "#fff",
  ink: "#000",
  shade: (value: number) => (value > 0.5 ? "red" : "white"),
};

describe("files to take away", () => {
  it("draw a heat map with a rectangle per run of equal cells", () => {
    const cells = {
      columns: ["0", "1"],
      rows: ["1", "0"],
      values: Float32Array.of(1, 4, 0, 1),
      highest: 4,
      smooth: false,
      across: "x",
      up: "y",
    };
    const text = heatMapSvg(cells, LOOK);
    expect(text).toContain("<title>Learned &lt;by&gt; &amp; α</title>");
    // The second cell of the upper row is the only red one; the lower row is one rectangle.
    expect(text).toContain('<rect x="284" y="30" width="240" height="240" fill="red"/>');
    expect(text).toContain('<rect x="44" y="270" width="480" height="240" fill="white"/>');
    expect(text.match(/<rect x/g)).toHaveLength(4);
  });

  it("names few of many rows and columns, the first and the lowest among them", () => {
    const numbers = Array.from({ length: 32 }, (_, n) => String(n));
    const cells = {
      columns: numbers,
      rows: [...numbers].reverse(),
      values: new Float32Array(1024),
      highest: 0,
      smooth: false,
      across: "x",
      up: "y",
    };
    const text = heatMapSvg(cells, LOOK);
    expect(text.match(/<text/g)).toHaveLength(2 * 11 + 3);
    expect(text.match(/>0<\/text>/g)).toHaveLength(2);
  });

  it("write the curves with a line per evaluation and objective", () => {
    const columns = [{ key: "l1" }, { key: "loss" }] as Column[];
    const records = [
      {
        step: 0,
        runs: [{ values: { l1: 1.5, loss: Number.NaN } }, { values: { l1: 1.25, loss: -1 } }],
      },
      { step: 10, runs: [{ values: { l1: 0.5, loss: 1e-9 } }] },
    ];
    expect(curvesCsv(["Rényi 0.5", 'TB, "huber"'], columns, records).split("\r\n")).toEqual([
      "step,objective,l1,loss",
      "0,Rényi 0.5,1.5,",
      '0,"TB, ""huber""",1.25,-1',
      "10,Rényi 0.5,0.5,1e-9",
      '10,"TB, ""huber""",,',
      "",
    ]);
  });

  it("write the mean and the range of replicas", () => {
    const runs = [{ values: { l1: 1 }, ranges: { l1: [0.5, 1.5] as const } }, { values: { l1: 2 } }];
    expect(curvesCsv(["a", "b"], [{ key: "l1" }] as Column[], [{ step: 0, runs }]).split("\r\n")).toEqual([
      "step,objective,l1,l1Low,l1High",
      "0,a,1,0.5,1.5",
      "0,b,2,,",
      "",
    ]);
  });

  it("draw curves on a logarithmic axis, with gaps closed and a band around them", () => {
    const line = { name: "a & b", colour: "red", dashes: [2, 4], values: [1, null, 0.01], low: [0.1, null, 0.001], high: [1, null, 0.1] };
    const chart = {
      title: "L1",
      across: "training steps",
      steps: [0, 50, 100],
      lines: [line],
      isLogarithmic: true,
      paper: "#fff",
      ink: "#000",
    };
    const text = lineChartSvg(chart);
    expect(text).toContain("a &amp; b");
    const [, curve = ""] = /<path d="(M[^"]*)" fill="none" stroke="red" stroke-width="2" stroke-dasharray="2 4"/.exec(text) ?? [];
    const numbers = (of: string) =>
      of
        .slice(1)
        .split("L")
        .map((point) => point.split(" ").map(Number));
    const [[x0, y0], [x1, y1]] = numbers(curve) as [[number, number], [number, number]];
    expect([x0, x1]).toEqual([64, 624]);
    // Three decades with a margin of a twentieth at both ends: two of them are 2/3.3 of the height.
    expect(y1 - y0).toBeCloseTo((280 * 2) / 3.3, 1);
    const [, band = ""] = /<path d="(M[^"]*)Z" fill="red" fill-opacity/.exec(text) ?? [];
    expect(numbers(band).map(([x]) => x)).toEqual([64, 624, 624, 64]);
    expect(text).toMatch(/>0\.001<.*>0\.01<.*>0\.1<.*>1</s);
  });

  it("embed the page with its settings", () => {
    expect(iframeSnippet("https://host.test/a/?x=1&embed#env=%7B%7D&seed=2")).toContain(
      'src="https://host.test/a/?embed&amp;x=1#env=%7B%7D&amp;seed=2"',
    );
    expect(iframeSnippet("https://host.test/#a='b\"")).toContain('src="https://host.test/?embed#a=\'b%22"');
  });
});
