import { once } from "node:events";
import { createServer } from "node:net";
import type { Random } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";

/**
 * A port that stays ours while nobody listens. Below the range that the kernel gives to outgoing
 * connections: a client that dials a closed port in that range can end up connected to itself.
 */
export async function freePort(random: Random): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = random.integer(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new BenchError("no free port was found between 20000 and 32000 in 50 attempts");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const failed = once(server, "error").then(() => false);
  const listening = once(server.listen(port, "127.0.0.1"), "listening").then(() => true);
  // The loser of the race rejects or never settles; neither says anything new.
  listening.catch(() => undefined);
  failed.catch(() => undefined);
  const free = await Promise.race([failed, listening]);
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
