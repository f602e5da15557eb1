import type { MemoryUse } from "./memory.ts";

/** What a broker under test says of itself. */
export interface BrokerReport {
  /** Metrics with their labels, refusals by code, commands by outcome. */
  readonly counts: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly unackedBytes: number;
  readonly durable: number;
  /** What must never happen and did. */
  readonly faults: readonly string[];
  readonly memory: MemoryUse;
}

export interface ToBroker {
  readonly kind: "report";
}

export type FromBroker =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "report"; readonly report: BrokerReport };
