/**
 * Names of the sizes that kernels import from `constants`. An environment's module imports its own constants from there too, so a
 * constant by one of these names would be overwritten and the module would read another value. STATE_WORDS, ACTIONS, FEATURES,
 * HORIZON and STOP_ACTION come from the environment's fields; EXTRA_OFFSET is for the modules of `definePolicy`.
 */
export const RESERVED_CONSTANTS: readonly string[] = [
  "ACTIONS BATCH BIAS_OFFSET BLOCK CHANNELS COLUMNS COMPONENTS DELTA_OFFSET EXTRA_OFFSET FEATURES FORWARD4 GRADIENT_CLIP GRAPH_LAYERS HELD_OUT",
  "HIGHEST_SCALE HORIZON IN4 INPUTS4 INPUT_OFFSET LANES LAYERS LOWEST_SCALE OBJECTS OUT4 OUTPUT_OFFSET PARAMETERS4 PARTS PRODUCTS ROW4",
  "ROWS SAMPLES SCORE_OFFSET SECTION SHARE STATES STATE_WORDS STOP_ACTION SUBGROUP TILE TILE_WIDTH4 TRANSPOSED_OFFSET WEIGHTS4 WEIGHT_OFFSET WORKGROUPS",
].flatMap((line) => line.split(" "));
