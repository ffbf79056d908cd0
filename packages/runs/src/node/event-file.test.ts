import { describe, expect, it } from "vitest";
import { crc32c, openingRecords, record, scalarRecord } from "./event-file.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("the CRC-32C", () => {
  it.each([
    ["nothing", new Uint8Array(0), 0],
    ["the digits", new TextEncoder().encode("123456789"), 0xe3069283],
    ["32 zeros, of RFC 3720", new Uint8Array(32), 0x8a9136aa],
    ["32 ones, of RFC 3720", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["0 to 31, of RFC 3720", Uint8Array.from({ length: 32 }, (_, k) => k), 0x46dd794e],
  ])("of %s", (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});

// The bytes on the right are those of TensorBoard 2.21's own writer, tensorboard.summary.writer.record_writer.RecordWriter.
describe("records", () => {
  it("have the frame of TFRecord", () => {
    expect(hex(record(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 4, 64, 58, 2, 8, 1)))).toBe(
      "0d000000000000003c37b8340900000000000004403a0208011da550a8",
    );
  });

  it("open a file with its version and a start at step 0", () => {
    const [version, start, ...others] = openingRecords(2.5).map(hex);
    expect(others).toEqual([]);
    // TensorBoard's writer leaves out step 0: 10 00.
    expect(version).toContain("09000000000000044010001a0d627261696e2e4576656e743a32");
    expect(start).toContain("09000000000000044010003a020801");
  });

  it("hold the numbers of a step, infinite ones too", () => {
    const scalars = [
      { tag: "l1", value: 0.25 },
      { tag: "loss", value: Number.POSITIVE_INFINITY },
    ];
    const written = "2500000000000000eabc36f309000000000000044010072a180a090a026c31150000803e0a0b0a046c6f7373150000807f9714593c";
    expect(hex(scalarRecord(2.5, 7, scalars))).toBe(written);
    // Beyond the largest float32.
    expect(
      hex(
        scalarRecord(
          2.5,
          7,
          scalars.map((each) => ({ ...each, value: Math.min(each.value, 1e300) })),
        ),
      ),
    ).toBe(written);
  });

  it("describe a curve", () => {
    expect(hex(scalarRecord(2.5, 7, [{ tag: "logZ", value: -1.5, about: { label: "log Z", help: "ΣR" } }]))).toBe(
      "3500000000000000d6c55de609000000000000044010072a280a260a046c6f675a150000c0bf4a190a090a077363616c61727312056c6f67205a1a03cea3522001bc09a583",
    );
  });
});
