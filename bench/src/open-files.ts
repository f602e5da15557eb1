import { readFile } from "node:fs/promises";
import { BenchError } from "./bench.ts";

/** Files, libraries and threads that a broker holds open beside its connections. */
const BESIDE_CONNECTIONS = 300;

/** Connections that one process may hold here: Node raises its own limit up to the hard one. */
export async function mostConnections(): Promise<number> {
  let limits: string;
  try {
    limits = await readFile("/proc/self/limits", "utf8");
  } catch (error) {
    throw new BenchError("the limit of open files cannot be read; this bench needs Linux", {
      cause: error,
    });
  }
  return parseHardOpenFiles(limits) - BESIDE_CONNECTIONS;
}

/** proc(5): soft and hard limit are the first and the second number of the line. */
export function parseHardOpenFiles(limits: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === "unlimited") return Number.POSITIVE_INFINITY;
  return Number(hard ?? Number.NaN);
}

export const tooFewFiles = (connections: number, most: number): string =>
  `one process may hold ${most} connections here, ${connections} were asked for; raise the hard limit of open files (as root: ulimit -Hn ${connections + BESIDE_CONNECTIONS}, or LimitNOFILE of the service)`;
