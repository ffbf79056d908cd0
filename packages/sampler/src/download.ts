import { type Ambient, WebgfnError } from "@webgfn/tensor";
import { isHtml } from "./safetensors.js";

/** Progress of the download of a checkpoint. */
export interface DownloadProgress {
  /** Bytes received so far. */
  received: number;
  /** Size of the file in bytes; `undefined` if the server does not state it. */
  total: number | undefined;
}

/**
 * Fetches a checkpoint.
 *
 * @param name name of the address in errors.
 * @throws WebgfnError `file` if it cannot be fetched, or is a web page; the signal's reason once the signal is aborted.
 */
export async function download(
  address: string | Ambient<"URL", { readonly href: string }>,
  name: string,
  signal: Ambient<"AbortSignal", { readonly aborted: boolean }> | undefined,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): Promise<Uint8Array> {
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (cause) {
      if (signal?.aborted) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WebgfnError("file", `${name} could not be fetched: ${reason}`, {
        fix: "check the address, and that its server allows this page to read it (CORS); a file of one's own is given by its bytes",
        cause,
      });
    }
  };
  const response = await attempt(() => fetch(address, signal === undefined ? {} : { signal }));
  if (!response.ok) throw new WebgfnError("file", `${name} could not be fetched: the server answered ${response.status}`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  // For a compressed transfer, the stated length is that of the compressed bytes.
  const stated = response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  const reader = response.body?.getReader();
  for (let received = 0; ; ) {
    const piece = await attempt(async () => (await reader?.read())?.value);
    if (piece === undefined) break;
    pieces.push(piece);
    received += piece.byteLength;
    onProgress?.({ received, total: stated >= received ? stated : undefined });
  }
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  if (!isHtml(bytes)) return bytes;
  throw new WebgfnError("file", `this looks like HTML: the address ${name} serves a web page, not a checkpoint`, {
    fix: "check the address; many servers answer one that they do not know with a page of their own",
  });
}
