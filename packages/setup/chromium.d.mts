export declare const chromiumPath: () => string | undefined;
export declare const QUIET: string[];
export declare const WEBGPU: string[];
export declare const SWIFTSHADER: string[];
