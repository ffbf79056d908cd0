export function writeFile(path: string, content: string | Uint8Array): void;
