import type { Connection } from "./connection.js";

/** Warnings, one sentence each, about data that this Redis may lose because of its configuration. */
export async function durabilityWarnings({ client, address }: Pick<Connection, "client" | "address">): Promise<string[]> {
  // More servers allow INFO than CONFIG.
  const facts = await client.info().catch(() => "");
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(facts)?.[1];
  const [log, policy] = [fact("aof_enabled"), fact("maxmemory_policy")];
  const where = `Redis at ${address.shown}`;
  const lost = "jobs would be lost, but no runs: submitting again goes on";
  return [
    ...(log === undefined ? [`${where} does not tell whether it keeps an append-only file; without one, a restart loses jobs`] : []),
    ...(log === "0" ? [`${where} keeps no append-only file (appendonly yes): where it ends, ${lost}`] : []),
    ...(policy === undefined ? [`${where} does not tell its maxmemory-policy; with another one than noeviction, jobs may be lost`] : []),
    ...(policy === undefined || policy === "noeviction"
      ? []
      : [`${where} throws keys away where its memory is full (maxmemory-policy ${policy}, not noeviction): ${lost}`]),
  ];
}
