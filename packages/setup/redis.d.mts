import type { Change } from "./machine-changes.mjs";

export declare const redisServerPath: () => string | undefined;
export declare function redisChange(): Change | undefined;
export declare function sayWithoutRedis(): void;
