import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Bytes per system call, which takes at most 2 GiB. */
const PIECE = 2 ** 28;
/** Most symbolic links to follow for one path. */
const MOST_LINKS = 40;
/** Letters of a file's name that its temporary name repeats: names have 255 bytes at most. */
const LONGEST_STEM = 40;
/** Names of temporary files: `.NAME.HEX.partial`. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{16}\.partial$/s;
/** Milliseconds between two attempts to write to a pipe that is full. */
const PAUSE = 5;

type Chunk = string | Uint8Array;

/** Options for writing a file. */
export interface WriteOptions {
  /**
   * Whether a symbolic link at the path is followed. Set it only for paths that the user named: a folder from somebody else may contain links
   * to any file. Default: the file replaces the link, and the link's target does not change.
   */
  followLinks?: boolean;
  /**
   * Throws if the file must not be written any more. It is called between opening and writing. So a process that takes a folder over finds
   * and removes the temporary file of every writer that was still permitted (folder-lock.ts). Default: always permitted.
   */
  permit?: () => void;
}

/** The destination of a path: a regular file, existing or not, or a pipe or device, which receives bytes at once. */
type Destination = { kind: "file"; path: string; mode: number | undefined } | { kind: "stream"; path: string };

/** The error of a path that cannot be written for a reason without a system error. */
class Refusal extends Error {}

/**
 * A file that is being written. Every file that this project writes for users is written by this class.
 *
 * The bytes go to a temporary file in the same folder, with a random name that did not exist before (`O_EXCL`). `commit` renames it, so that
 * a reader always sees the complete old file or the complete new one. Pipes and devices are written to directly.
 */
export class FileWriter {
  readonly #destination: Destination;
  readonly #temporary: string | undefined;
  readonly #descriptor: number;
  #hasReader = true;
  #closed = false;

  /**
   * @param path path of the file. Its folder must exist; see {@link makeFolder}.
   * @throws the system's error if the file cannot be written.
   */
  constructor(path: string, { followLinks = false, permit = () => {} }: WriteOptions = {}) {
    this.#destination = followLinks ? followed(path) : { kind: "file", path, mode: regularMode(path) };
    if (this.#destination.kind === "stream") {
      this.#descriptor = openStream(this.#destination.path);
      return;
    }
    this.#temporary = temporaryName(this.#destination.path);
    this.#descriptor = openSync(this.#temporary, "wx", this.#destination.mode);
    try {
      permit();
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /**
   * Writes the next bytes; texts as UTF-8.
   *
   * @returns whether anyone reads them: `false` once the reader of a pipe has gone.
   */
  write(chunk: Chunk): boolean {
    try {
      if (this.#hasReader) writeAll(this.#descriptor, chunk);
    } catch (error) {
      if (this.#destination.kind !== "stream" || codeOf(error) !== "EPIPE") throw error;
      this.#hasReader = false;
    }
    return this.#hasReader;
  }

  /** Renames the file to its path, once all of it is on the disk. */
  commit(): void {
    if (this.#temporary === undefined || this.#destination.kind !== "file") {
      this.#close();
      return;
    }
    const { path, mode } = this.#destination;
    if (mode !== undefined) keepMode(this.#descriptor, mode);
    fsyncSync(this.#descriptor);
    this.#close();
    renameSync(this.#temporary, path);
    syncFolder(dirname(path));
  }

  /** Discards the written bytes. It has no effect after {@link commit}. */
  discard(): void {
    this.#close();
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    // Do not close standard output and the other standard descriptors.
    if (!this.#closed && this.#descriptor > 2) closeSync(this.#descriptor);
    this.#closed = true;
  }
}

/**
 * Writes a file atomically, from its content or from pieces of it.
 *
 * @throws the system's error if the file cannot be written; an earlier file at the path stays.
 */
export function writeFile(path: string, content: Chunk | Iterable<Uint8Array>, options: WriteOptions = {}): void {
  const file = new FileWriter(path, options);
  try {
    const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for (const piece of pieces) if (!file.write(piece)) break;
    file.commit();
  } finally {
    // An incomplete file would take the last room of a full disk.
    file.discard();
  }
}

/**
 * Appends a text or bytes to a regular file, and waits until they are on the disk. A link in the file's place is not followed.
 *
 * @param permit throws if the file must not be written any more. It is called between opening and writing: a process that takes a folder over
 *   replaces this file by another one, so that this writer's descriptor is no longer in use.
 * @throws the system's error if the file cannot be written.
 */
export function appendToFile(path: string, content: Chunk, permit: () => void = () => {}): void {
  const noFollow = constants.O_NOFOLLOW ?? 0;
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | noFollow, 0o666);
  try {
    permit();
    writeAll(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Truncates an existing regular file in place. A link is not followed.
 *
 * @throws the system's error if the file cannot be written.
 */
export function emptyFile(path: string): void {
  const { O_WRONLY, O_TRUNC, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  closeSync(openSync(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK));
}

/**
 * Makes a folder and its parents. Node's own recursive `mkdir` never returns if the system refuses with ENOENT, as below /proc.
 *
 * @throws the system's error when a folder cannot be made.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  }
  if (!statSync(path).isDirectory()) throw new Refusal("it is not a folder");
}

/**
 * Refuses links below a folder: a folder from somebody else may contain links to the user's own files.
 *
 * @param folder the folder that the user named, which may be a link itself.
 * @param path a path within it.
 * @throws Error if a folder on the path, or its end, is a link.
 */
export function requireNoLinks(folder: string, path: string): void {
  for (let at = path; at !== folder && dirname(at) !== at; at = dirname(at)) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw new Refusal(`${at} is a symbolic link`);
  }
}

/** Removes temporary files from a folder that processes left behind when they were killed while writing `names`. */
export function removeTemporaryFiles(folder: string, entries: readonly string[], names: readonly string[]): void {
  for (const entry of entries) {
    if (names.includes(TEMPORARY.exec(entry)?.[1] ?? "")) rmSync(join(folder, entry), { force: true });
  }
}

/** A unique temporary name, in the same folder because renaming works only within one file system. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, LONGEST_STEM)}.${randomBytes(8).toString("hex")}.partial`);
}

/** Writes all of a chunk, with as many system calls as needed. */
export function writeAll(descriptor: number, chunk: Chunk): void {
  const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  for (let written = 0; written < bytes.byteLength; ) {
    try {
      written += writeSync(descriptor, bytes, written, Math.min(PIECE, bytes.byteLength - written));
    } catch (error) {
      // A non-blocking pipe with a slow reader.
      if (codeOf(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** The permissions of the regular file at a path, if there is one. */
function regularMode(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Refusal("it is a folder");
  return found?.isFile() ? found.mode & 0o777 : undefined;
}

/** Follows symbolic links to their end, one by one: the last one may point to a file that does not exist yet. */
function followed(path: string): Destination {
  let at = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const folder = realpathSync(dirname(at));
    at = join(folder, basename(at));
    // Descriptors of this process, such as /dev/stdout and a shell's >(command), are links without a path.
    if (/^\/proc\/[^/]+\/(task\/[^/]+\/)?fd$/.test(folder)) return { kind: "stream", path: at };
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) return { kind: "file", path: at, mode: found && found.mode & 0o777 };
    if (found.isDirectory()) throw new Refusal("it is a folder");
    if (found.isBlockDevice()) throw new Refusal("it is a disk");
    if (!found.isSymbolicLink()) return { kind: "stream", path: at };
    at = resolve(folder, readlinkSync(at));
  }
  throw new Refusal("it leads through too many symbolic links");
}

/** Opens a pipe or a device. A descriptor of this process is used directly, so that earlier output stays. */
function openStream(path: string): number {
  const own = new RegExp(`^/proc/(?:self|${process.pid})/(?:task/[^/]+/)?fd/(\\d+)$`).exec(path)?.[1];
  return own === undefined ? openSync(path, constants.O_WRONLY | constants.O_APPEND) : Number(own);
}

/** Gives a file the permissions of the one that it replaces, if the file system supports them. */
function keepMode(descriptor: number, mode: number): void {
  try {
    fchmodSync(descriptor, mode);
  } catch {
    // FAT and similar file systems.
  }
}

/** Makes a renaming survive a power cut, if the system supports that. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows cannot open folders.
  }
}
