import type { DeviceDirectory, DeviceLinkHandler } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { BoundedStream } from "./bounded-stream.ts";
import type { RepeatFilter } from "./counters.ts";
import type { Inbound } from "./inbound.ts";
import type { ByteBudget, LinkLimits } from "./limits.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** What all connections of one broker share. */
export interface LinkContext {
  readonly handler: DeviceLinkHandler;
  readonly directory: DeviceDirectory;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly limits: LinkLimits;
  readonly budget: ByteBudget;
  readonly inbound: Inbound;
  readonly repeats: RepeatFilter;
  readonly signIns: TokenBucket;
  /** Read again when the whole broker has room, or at the next tick. */
  readonly heldByTotal: Set<BoundedStream>;
  readonly heldByRate: Set<BoundedStream>;
  /**
   * Milliseconds of ticks since start, not wall clock: a stall of this process is not held against the devices,
   * and a clock that is set does not end all connections.
   */
  uptimeMs(): number;
  /** False once the broker stops accepting. */
  accepting(): boolean;
}

export function resumeAll(held: Set<BoundedStream>): void {
  const streams = [...held];
  held.clear();
  for (const stream of streams) {
    stream.pump();
  }
}
