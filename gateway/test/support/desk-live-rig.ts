import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DurationMs } from "#domain/units.ts";
import { DeskBridge } from "#pipeline/desk/desk-bridge.ts";
import type { BridgeSettings } from "#pipeline/desk/lane-work.ts";
import type { Desk } from "#ports/desk.ts";
import { SqliteDeskStore } from "../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { SystemClock } from "../../src/adapters/system-clock/system-clock.ts";
import { Counted, Lines } from "./counted.ts";
import { DeskPlant } from "./desk-plant.ts";
import { tempFolder } from "./temp-folder.ts";

export interface LiveBridge {
  readonly desk: Desk;
  readonly settings: BridgeSettings;
  /** Bridges with one name share a file. */
  readonly file?: string;
}

/** A plant and bridges to real desks, on the machine's clock. */
export class DeskLiveRig implements AsyncDisposable {
  readonly clock = new SystemClock();
  readonly plant = new DeskPlant(() => this.clock.now());
  readonly log = new Lines();
  readonly metrics = new Counted();
  readonly bridges: DeskBridge[] = [];
  readonly states: (string | undefined)[] = [];
  readonly #stores: SqliteDeskStore[] = [];
  readonly #folder = tempFolder();

  constructor() {
    this.plant.onEvent = () => {
      for (const bridge of this.bridges) bridge.follow();
    };
  }

  start({ desk, settings, file = "desk" }: LiveBridge): DeskBridge {
    const { plant, clock, log, metrics } = this;
    // A connection of its own to the file, as another process would have.
    const store = new SqliteDeskStore(join(this.#folder.path, `${file}.db`));
    this.#stores.push(store);
    const bridge = new DeskBridge({
      desks: [{ desk, settings }],
      feed: plant,
      cases: plant.reader,
      dossiers: plant,
      act: plant.act,
      ...{ store, clock, log, metrics },
      worker: randomUUID(),
      random: Math.random,
      onState: (_desk, reason) => this.states.push(reason),
      orphanGraceMs: 3_000,
      leaseMs: 20_000,
    });
    this.bridges.push(bridge);
    bridge.start();
    return bridge;
  }

  /** Until nothing is owed in any bridge. */
  async settled(withinMs: DurationMs = 60_000): Promise<void> {
    await this.until(
      "nothing is owed",
      () => this.bridges.every((one) => one.status().every(({ owed }) => owed === 0)),
      withinMs,
    );
  }

  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    withinMs: DurationMs = 20_000,
  ): Promise<void> {
    const end = performance.now() + withinMs;
    while (!(await holds())) {
      if (performance.now() > end) {
        const status = JSON.stringify(this.bridges.map((one) => one.status()));
        throw new Error(`${what}: not within ${withinMs} ms. ${status.slice(0, 2_000)}`);
      }
      await sleep(100);
    }
  }

  /** The ticket that the journal knows for a case. */
  ticketOf(id: string): string {
    return this.plant.cases.get(id)?.tickets?.at(-1)?.id ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.bridges.map((bridge) => bridge.stop()));
    for (const store of this.#stores) store[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}
