import { available, type Capability, type Environment } from "@webgfn/envs";
import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireKnown, requireOptions, requireRule, type Schema } from "@webgfn/tensor/internal";
import { builtInKeys } from "./columns.js";
import type { Column, Measuring, Metric, MetricInputs, Placement } from "./metric.js";

/** A user-defined metric; see {@link defineMetric}. */
export interface MetricDescription {
  /** Name in errors and notes. */
  name: string;
  /** At least one column. Keys must differ from those of all other metrics. */
  columns: readonly Column[];
  /** Whether the metric can measure models of an environment. Default: it always can. */
  available?(environment: Environment, placement: Placement): Capability<true>;
  /** Allocates and compiles whatever measuring needs. */
  create(inputs: MetricInputs): Measuring | Promise<Measuring>;
}

const DESCRIPTION: Schema<MetricDescription> = {
  name: rules.text,
  columns: { words: "a list of at least one column", accepts: (value) => Array.isArray(value) && value.length > 0 },
  available: rules.callback,
  create: rules.callback,
};

const FLAG = rules.oneOf(true, false);
const COLUMN: Schema<Column> = {
  key: {
    words: "a name of letters and digits that begins with a small letter, such as meanEnergy",
    accepts: (value) => typeof value === "string" && /^[a-z][A-Za-z0-9]*$/.test(value),
  },
  label: rules.text,
  help: rules.text,
  better: rules.oneOf("lower", "higher"),
  log: FLAG,
  shown: rules.oneOf("everywhere", "evaluation", "data"),
  errorOf: rules.text,
  perObjective: FLAG,
  whole: FLAG,
};

/** Fields that every column must have. */
const NEEDED = ["key", "label", "help"];

/**
 * Field names in JSON and CSV that are not columns, and so cannot be keys: `seed` and `fault` of a replica, `edgeMarginals` of a full
 * evaluation, `step`, `seconds` and `adapter` of an evaluation.
 */
const OTHER_FIELDS = ["seed", "fault", "edgeMarginals", "cladeFrequencies", "step", "steps", "seconds", "adapter", "replicas", "replica"];
/** Suffixes that tables and JSON append to a key; a key must not end with one. */
const ENDINGS = ["Before", "Sd"];

/**
 * Checks one column.
 *
 * @param owner name of the column in errors, such as `column 0 of the metric diversity`.
 * @throws WebgfnError `argument` that names the first field that is unknown, missing or not acceptable.
 */
export function requireColumn(owner: string, column: unknown): asserts column is Column {
  requireKnown(owner, "field", column, Object.keys(COLUMN));
  const values = column as Readonly<Record<string, unknown>>;
  for (const [field, rule] of Object.entries<Rule>(COLUMN)) {
    if (values[field] !== undefined) requireRule(`${field} of ${owner}`, values[field], rule);
    else if (NEEDED.includes(field)) throw argumentError(`${owner} needs a ${field}: ${rule.words}`);
  }
}

/**
 * Builds a metric. Every evaluation measures it for each replica, and tables, charts, JSON and CSV show it like the built-in metrics.
 *
 * @throws WebgfnError `argument` that names the first field that is not acceptable, or a key that is taken.
 *
 * @example
 * ```ts
 * import { defineMetric, distinctObjects } from "@webgfn/trainer";
 * export const diversity = defineMetric({
 *   name: "diversity",
 *   columns: [{ key: "distinct", label: "distinct", help: "distinct objects among 256", better: "higher", whole: true }],
 *   create: ({ samples }) => ({
 *     measure: async () => (await samples(256)).map((of) => ({ distinct: distinctObjects(of.states, of.logRewards).length })),
 *     dispose() {},
 *   }),
 * }); // then Trainer.create(device, { …, metrics: [diversity] })
 * ```
 */
export function defineMetric(description: MetricDescription): Metric {
  requireOptions("defineMetric", description, DESCRIPTION, "name", "columns", "create");
  const { name, columns } = description;
  for (const [k, column] of columns.entries()) requireColumn(`column ${k} of the metric ${name}`, column);
  const metric: Metric = {
    name,
    columns: columns.map((column) => ({ ...column })),
    available: (environment, placement) => description.available?.(environment, placement) ?? available(true),
    create: async (inputs) => checkedMeasuring(name, await description.create(inputs)),
  };
  requireDistinctKeys([metric]);
  return metric;
}

/** @throws WebgfnError `argument` unless `create` of a user-defined metric returned an object with the methods of {@link Measuring}. */
function checkedMeasuring(name: string, measuring: Measuring): Measuring {
  const isMeasuring = rules.having("an object", "measure", "dispose");
  requireRule(`what create of the metric ${name} returns`, measuring, {
    ...isMeasuring,
    words: "an object with the methods measure and dispose",
  });
  return measuring;
}

/** The rule for the trainer's option `metrics`. */
export const metricsRule = {
  words: "a list of metrics, each made by defineMetric",
  accepts: (value: unknown) => Array.isArray(value) && value.every((each) => METRIC.accepts(each)),
};
const METRIC = rules.having("a metric", "name", "columns", "available", "create");

/**
 * Refuses user-defined metrics with columns that would overwrite each other or a built-in column.
 *
 * @throws WebgfnError `argument` that names the metric and the key.
 */
export function requireDistinctKeys(metrics: readonly Metric[]): void {
  const owners = new Map<string, string>();
  for (const { name, columns } of metrics) {
    for (const { key } of columns) {
      const owner = builtInKeys.includes(key) || OTHER_FIELDS.includes(key) ? "webgfn itself" : owners.get(key);
      if (owner !== undefined) {
        throw argumentError(`the metric ${name} has a column ${key}, which is a column of ${owner} already`, "choose another key");
      }
      const ending = ENDINGS.find((each) => key.endsWith(each));
      if (ending !== undefined) {
        throw argumentError(`the metric ${name} has a column ${key}, but tables append "${ending}" to keys`, "choose another key");
      }
      owners.set(key, `the metric ${name}`);
    }
  }
}

/**
 * Checks that a metric returned one entry per replica, each with a number for every column.
 *
 * @throws WebgfnError `argument` that names the metric, and the replica and column without a number.
 */
export function requireValues({ name, columns }: Metric, values: unknown, replicas: number): void {
  if (!Array.isArray(values) || values.length !== replicas) {
    const given = Array.isArray(values) ? String(values.length) : "something else";
    throw argumentError(`measure of the metric ${name} must return a list with one entry per replica, ${replicas} in all, not ${given}`);
  }
  values.forEach((entry: unknown, r) => {
    for (const { key } of columns) {
      const value = (entry as Record<string, unknown> | null | undefined)?.[key];
      if (typeof value === "number") continue;
      throw argumentError(
        `measure of the metric ${name} returns no number as ${key} of replica ${r}`,
        "return NaN where the value is undefined",
      );
    }
  });
}
