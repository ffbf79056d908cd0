import { describe, expect, it } from "vitest";
import { columnValue, soundReplicas, spreadOf } from "./spread.js";

const fault = { quantity: "loss", step: 3 } as const;

describe("the spread over replicas", () => {
  it("is their mean and population standard deviation", () => {
    expect(spreadOf([{ l1: 1 }, { l1: 3 }], "l1")).toEqual({ mean: 2, sd: 1 });
  });

  it("leaves out broken replicas", () => {
    const replicas = [{ l1: 0.1 }, { l1: 1.5, fault }];
    expect(soundReplicas(replicas)).toEqual([{ l1: 0.1 }]);
    expect(spreadOf(replicas, "l1")).toEqual({ mean: 0.1, sd: 0 });
    expect(spreadOf([{ l1: 1.5, fault }], "l1")).toBeUndefined();
  });

  it("is not known where a sound replica has no value, also one that JSON made null", () => {
    expect(spreadOf([{ l1: 1 }, {}], "l1")).toBeUndefined();
    expect(spreadOf([{ l1: 1 }, { l1: null }], "l1")).toBeUndefined();
    expect(spreadOf([{ l1: 1 }, { l1: null, fault }], "l1")).toEqual({ mean: 1, sd: 0 });
    expect(spreadOf([], "l1")).toBeUndefined();
  });

  it("keeps what is not finite in memory", () => {
    expect(spreadOf([{ pearson: Number.NaN }], "pearson")?.mean).toBeNaN();
    expect(columnValue({ fault }, "fault")).toBeUndefined();
  });
});
