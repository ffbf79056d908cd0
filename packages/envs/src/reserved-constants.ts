/**
 * Names of the sizes that kernels import from `constants`, as an environment's module does its own: a constant of an environment
 * by one of these names would be written over, and its module would see another value. STATE_WORDS, ACTIONS, FEATURES and HORIZON
 * are the environment's, by its fields.
 */
export const RESERVED_CONSTANTS: readonly string[] = [
  "ACTIONS BATCH BIAS_OFFSET BLOCK CHANNELS COLUMNS COMPONENTS DELTA_OFFSET FEATURES FORWARD4 GRADIENT_CLIP GRAPH_LAYERS HELD_OUT",
  "HIGHEST_SCALE HORIZON IN4 INPUTS4 INPUT_OFFSET LANES LAYERS LOWEST_SCALE OBJECTS OUT4 OUTPUT_OFFSET PARAMETERS4 PARTS PRODUCTS ROW4",
  "ROWS SAMPLES SCORE_OFFSET SECTION SHARE STATES STATE_WORDS SUBGROUP TILE TILE_WIDTH4 TRANSPOSED_OFFSET WEIGHTS4 WEIGHT_OFFSET WORKGROUPS",
].flatMap((line) => line.split(" "));
