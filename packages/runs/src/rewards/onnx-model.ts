import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { WebgfnError } from "@webgfn/tensor";
import type { ObjectBytes } from "../objects/found-object.js";

/** A constant tensor of a model: float32, float64 and int64 as numbers, row by row. */
export interface OnnxTensor {
  name: string;
  shape: number[];
  data: number[];
}

interface OnnxAttribute {
  f?: number;
  i?: number;
  s?: string;
  ints?: number[];
  tensor?: OnnxTensor;
}

export interface OnnxNode {
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
}

/** The parts of a model that are read. */
export interface OnnxModel {
  nodes: OnnxNode[];
  /** Constants by name, including those of Constant nodes. */
  constants: ReadonlyMap<string, OnnxTensor>;
  /** The inputs that are not constants, with their rank if the model states it. */
  inputs: { name: string; rank?: number }[];
  /** The names of the outputs. */
  outputs: string[];
}

/** Data types of TensorProto. */
const FLOAT = 1;
const INT64 = 7;
const DOUBLE = 11;
/** From this opset on, the supported operators have their present meaning. */
const LEAST_OPSET = 9;
/** The value of TensorProto.data_location for data in another file. */
const EXTERNAL = 1;

/** A field of a message: bytes (also of texts, messages and packed lists), or a number by its wire type. */
interface Field {
  number: number;
  bytes?: Uint8Array;
  value?: number;
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === WireType.LengthDelimited) yield { number, bytes: reader.bytes() };
    else if (wire === WireType.Varint) yield { number, value: Number(reader.int64()) };
    else if (wire === WireType.Bit32) yield { number, value: reader.float() };
    else if (wire === WireType.Bit64) yield { number, value: reader.double() };
    else reader.skip(wire, number);
  }
}

const textOf = ({ bytes }: Field): string => new TextDecoder().decode(bytes);

/** The numbers of a repeated field, packed or one by one. */
function listOf({ bytes, value }: Field, read: (reader: BinaryReader) => number | bigint | string): number[] {
  if (bytes === undefined) return [value as number];
  const reader = new BinaryReader(bytes);
  const list: number[] = [];
  while (reader.pos < reader.len) list.push(Number(read(reader)));
  return list;
}

/**
 * Reads an ONNX model: its nodes and constants.
 *
 * @throws WebgfnError `file` for bytes that are not a complete ONNX model, and for constants of other types or in other files.
 */
export function readOnnx(file: ObjectBytes): OnnxModel {
  let graph: Uint8Array | undefined;
  let opset: number | undefined;
  try {
    for (const { number, bytes } of fieldsOf(file.bytes)) {
      if (number === 7) graph = bytes;
      else if (number === 8 && bytes !== undefined) opset = opsetOf(bytes) ?? opset;
    }
    if (graph !== undefined && opset !== undefined) {
      if (opset >= LEAST_OPSET) return readGraph(file, graph);
      throw new WebgfnError("file", `${file.name}: expected operators of opset ${LEAST_OPSET} or later, found opset ${opset}`);
    }
  } catch (cause) {
    if (cause instanceof WebgfnError) throw cause;
  }
  throw new WebgfnError("file", `${file.name}: expected an ONNX model, found other bytes, or a part of one`);
}

/** The version of ONNX's own operators, if the message describes them. */
function opsetOf(message: Uint8Array): number | undefined {
  let domain = "";
  let version = 0;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) domain = textOf(field);
    else if (field.number === 2) version = field.value ?? 0;
  }
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

function readGraph(file: ObjectBytes, graph: Uint8Array): OnnxModel {
  const nodes: OnnxNode[] = [];
  const constants = new Map<string, OnnxTensor>();
  const inputs: OnnxModel["inputs"] = [];
  const outputs: string[] = [];
  for (const { number, bytes = new Uint8Array() } of fieldsOf(graph)) {
    if (number === 1) nodes.push(readNode(file, bytes));
    else if (number === 5) {
      const tensor = readTensor(file, bytes);
      constants.set(tensor.name, tensor);
    } else if (number === 11) inputs.push(signatureOf(bytes));
    else if (number === 12) outputs.push(signatureOf(bytes).name);
  }
  for (const { op, outputs: names, attributes } of nodes) {
    const value = attributes.get("value")?.tensor;
    if (op === "Constant" && names[0] !== undefined && value !== undefined) constants.set(names[0], value);
  }
  return { nodes, constants, inputs: inputs.filter(({ name }) => !constants.has(name)), outputs };
}

/** A graph's input or output: its name, and its rank if its type states one. */
function signatureOf(message: Uint8Array): { name: string; rank?: number } {
  let name = "";
  let type: Uint8Array = new Uint8Array();
  for (const field of fieldsOf(message)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2 && field.bytes !== undefined) type = field.bytes;
  }
  const shape = [1, 2].reduce<Uint8Array | undefined>((outer, number) => outer && messageIn(outer, number), type);
  return shape === undefined ? { name } : { name, rank: [...fieldsOf(shape)].filter(({ number }) => number === 1).length };
}

function messageIn(message: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of fieldsOf(message)) if (field.number === number) return field.bytes;
  return undefined;
}

function readNode(file: ObjectBytes, message: Uint8Array): OnnxNode {
  const node: OnnxNode = { op: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  for (const field of fieldsOf(message)) {
    if (field.number === 1) node.inputs.push(textOf(field));
    else if (field.number === 2) node.outputs.push(textOf(field));
    else if (field.number === 4) node.op = textOf(field);
    else if (field.number === 7) node.domain = textOf(field);
    else if (field.number === 5 && field.bytes !== undefined) {
      const [name, attribute] = readAttribute(file, field.bytes);
      node.attributes.set(name, attribute);
    }
  }
  return node;
}

function readAttribute(file: ObjectBytes, message: Uint8Array): [name: string, attribute: OnnxAttribute] {
  let name = "";
  const attribute: OnnxAttribute = {};
  for (const field of fieldsOf(message)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2 && field.value !== undefined) attribute.f = field.value;
    else if (field.number === 3 && field.value !== undefined) attribute.i = field.value;
    else if (field.number === 4) attribute.s = textOf(field);
    else if (field.number === 5 && field.bytes !== undefined) attribute.tensor = readTensor(file, field.bytes);
    else if (field.number === 8) attribute.ints = (attribute.ints ?? []).concat(listOf(field, (reader) => reader.int64()));
  }
  return [name, attribute];
}

function readTensor(file: ObjectBytes, message: Uint8Array): OnnxTensor {
  const tensor: OnnxTensor = { name: "", shape: [], data: [] };
  let type = 0;
  let raw: Uint8Array | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) tensor.shape = tensor.shape.concat(listOf(field, (reader) => reader.int64()));
    else if (field.number === 2) type = field.value ?? 0;
    else if (field.number === 4) tensor.data = tensor.data.concat(listOf(field, (reader) => reader.float()));
    else if (field.number === 7) tensor.data = tensor.data.concat(listOf(field, (reader) => reader.int64()));
    else if (field.number === 8) tensor.name = textOf(field);
    else if (field.number === 9) raw = field.bytes;
    else if (field.number === 10) tensor.data = tensor.data.concat(listOf(field, (reader) => reader.double()));
    else if (field.number === 14 && field.value === EXTERNAL) throw external(file, tensor.name);
  }
  const { name, shape } = tensor;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const data = raw === undefined ? tensor.data : rawNumbers(file, raw, type, name);
  if (![FLOAT, INT64, DOUBLE].includes(type) || data.length !== count) {
    const what = `${count} numbers of float32 or float64 as ${name || "a constant"}`;
    throw new WebgfnError("file", `${file.name}: expected ${what}, found ${data.length} of type ${type}`);
  }
  return { name, shape, data };
}

function external({ name: file }: ObjectBytes, name: string): WebgfnError {
  return new WebgfnError("file", `${file}: the weights ${name} lie in another file`, { fix: "export the model with external_data=False" });
}

function rawNumbers(file: ObjectBytes, bytes: Uint8Array, type: number, name: string): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = type === FLOAT ? 4 : 8;
  if (bytes.length % width !== 0) throw new WebgfnError("file", `${file.name}: the weights ${name} are cut off`);
  return Array.from({ length: bytes.length / width }, (_, n) => {
    if (type === FLOAT) return view.getFloat32(4 * n, true);
    return type === INT64 ? Number(view.getBigInt64(8 * n, true)) : view.getFloat64(8 * n, true);
  });
}
