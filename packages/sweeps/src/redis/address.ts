import { argumentError } from "@webgfn/tensor/internal";

/** The address of Redis. */
export interface Address {
  /** The URL with the user and the password, only for the client. */
  readonly url: string;
  /** The URL without them, for people. */
  readonly shown: string;
}

const PORT = "6379";

/**
 * Reads a URL such as `redis://localhost:6379` or `rediss://USER:PASSWORD@HOST:6380/0`. The second form uses TLS.
 *
 * @throws WebgfnError `argument` for any other text, without the text: it may hold a password.
 */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || !/^(\/\d*)?$/.test(url.pathname)) {
    throw argumentError(
      "the address of Redis is not a URL such as redis://localhost:6379",
      "the whole form is rediss://USER:PASSWORD@HOST:PORT/DATABASE, with TLS, or redis://… without; special characters of a password are written as %40 and the like",
    );
  }
  const database = url.pathname.slice(1);
  const shown = `${url.hostname}:${url.port || PORT}${database === "" ? "" : `/${database}`}`;
  return { url: text, shown };
}
