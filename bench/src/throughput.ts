import { monotonicMs, sleepMs } from "@voorzorg/device-sim";
import type { BenchContext } from "./bench.ts";
import { BenchError } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { LoadSettings } from "./load-process.ts";
import { LoadProcess } from "./load-process.ts";

const CATCH_UP_WITHIN_MS = 300_000;

export interface Throughput {
  /** Acknowledged, and decided and stored at the end; per second until then. */
  readonly msgPerSecond: number;
  readonly acked: number;
  readonly cpuSecondsPerMillion: number;
  readonly catchUpSeconds: number;
}

/** What the gateway takes of a load; the clock runs until nothing acknowledged is left to decide or store. */
export async function gatewayThroughput(
  gateway: GatewayProcess,
  load: Omit<LoadSettings, "mqttUrl">,
  context: BenchContext,
): Promise<Throughput> {
  const cpuBefore = await cpuSeconds(gateway.pid);
  await using running = new LoadProcess(context, { ...load, mqttUrl: gateway.mqttUrl });
  const result = await running.result();
  const drainedMs = monotonicMs();
  await caughtUp(gateway, context.signal);
  const catchUpSeconds = (monotonicMs() - drainedMs) / 1_000;
  const cpu = (await cpuSeconds(gateway.pid)) - cpuBefore;
  return {
    msgPerSecond: Math.round(result.acked / (result.seconds + catchUpSeconds)),
    acked: result.acked,
    cpuSecondsPerMillion: (cpu / result.acked) * 1e6,
    catchUpSeconds,
  };
}

/** A gateway that has acknowledged but not decided has only postponed the work. */
export async function caughtUp(gateway: GatewayProcess, signal: AbortSignal): Promise<void> {
  const endMs = monotonicMs() + CATCH_UP_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const { decided, newest, stored } = (await gateway.http.health()).journal;
    if (decided >= newest && stored >= newest) return;
    if (monotonicMs() > endMs) {
      throw new BenchError(
        `${CATCH_UP_WITHIN_MS} ms after the load the gateway had decided ${decided} and stored ${stored} of ${newest} records`,
      );
    }
    await sleepMs(20);
  }
}
