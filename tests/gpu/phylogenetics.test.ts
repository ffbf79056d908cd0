/** What is particular to phylogenetic trees; their likelihood and training are tested beside. */
import { phylogenetics } from "@webgfn/envs";
import { logSumExp, sum } from "@webgfn/reference";
import { enumerateObjects } from "@webgfn/trainer";
import { describe, expect, it } from "vitest";
import { testDevice } from "./device.js";
import { enumerated } from "./environment-walk.js";

describe("phylogenetic trees", () => {
  it.each([
    { species: 3, forests: 7, trees: 3 },
    { species: 4, forests: 37, trees: 15 },
    { species: 5, forests: 266, trees: 105 },
    { species: 6, forests: 2431, trees: 945 },
    { species: 7, forests: 27007, trees: 10395 },
    { species: 8, forests: 353522, trees: 135135 },
  ])("of $species species are $trees among $forests forests, numbered one by one", async ({ species, forests, trees }) => {
    const environment = phylogenetics({ species, sites: 2 });
    expect(environment.enumeration).toEqual({ available: true, value: forests });
    const { open, terminal } = await enumerated(environment);
    expect(sum(open)).toBe(forests - trees);
    expect(terminal).toEqual([...Array<number>(species - 1).fill(0), trees]);
  });

  it("of the paper are 10,395, with rewards that add up to Z", async () => {
    const environment = phylogenetics();
    const objects = await enumerateObjects(await testDevice(), environment);
    expect(objects.length).toBe(10_395);
    expect(new Set(objects.map(({ object }) => JSON.stringify(object))).size).toBe(10_395);
    const total = logSumExp(objects.map(({ logReward }) => logReward));
    expect(environment.exactLogZ).toEqual({ available: true, value: expect.closeTo(total, 4) });
  });

  it("are not enumerated where there are too many, which says why", () => {
    const many = phylogenetics({ species: 9 });
    expect(many.enumeration).toEqual({ available: false, reason: expect.stringContaining("5329837 forests of 9 species") });
    expect(many.exactLogZ.available || many.exactSampling.available).toBe(false);
    const long = phylogenetics({ species: 8, sites: 2000 });
    expect(long.enumeration).toEqual({ available: false, reason: expect.stringMatching(/135135 trees on \d+ site patterns/) });
  });

  it("come from another alignment with another seed", () => {
    expect(phylogenetics({ dataSeed: 1 }).data).not.toEqual(phylogenetics().data);
  });

  it.each([
    ["two species", () => phylogenetics({ species: 2 }), /species/],
    ["65 species", () => phylogenetics({ species: 65 }), /species/],
    ["no sites", () => phylogenetics({ sites: 0 }), /sites/],
    ["a rate of 0", () => phylogenetics({ rate: 0 }), /rate/],
    ["a rate that is no number", () => phylogenetics({ rate: "fast" as never }), /rate/],
    ["an unknown parameter", () => phylogenetics({ taxa: 5 } as never), /"taxa"/],
    ["an alignment and species", () => phylogenetics({ species: 5, alignment: { name: "a", text: "" } }), /either an alignment or species/],
    ["an alignment by name alone", () => phylogenetics({ alignment: "a.fasta" as never }), /\{ name, text \}/],
  ])("reject %s", (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
