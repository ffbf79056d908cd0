import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";

/**
 * Reads a file or a pipe up to its first `most` bytes.
 *
 * @param checkSize called with the size of a regular file before reading; its errors are rethrown.
 * @throws the system's error, or an Error for a device.
 */
export function readStart(path: string, most: number, checkSize: (bytes: number) => void): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const kind = fstatSync(descriptor);
    requireEnd(kind);
    if (kind.isFile()) checkSize(kind.size);
    let bytes = new Uint8Array(kind.isFile() ? Math.min(kind.size + 1, most) : 2 ** 16);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length >= most) return bytes.subarray(0, length);
      if (length < bytes.length) continue;
      const longer = new Uint8Array(Math.min(2 * bytes.length, most));
      longer.set(bytes);
      bytes = longer;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** @throws Error for a device, which may never end. */
export function requireEnd(kind: Stats): void {
  if (kind.isCharacterDevice() || kind.isBlockDevice()) throw new Error("it is a device and may never end");
}
