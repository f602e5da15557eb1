import type { DurationMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { DeskBridge } from "#pipeline/desk/desk-bridge.ts";
import type { BridgeSettings } from "#pipeline/desk/lane-work.ts";
import type { Desk, DeskCapabilities } from "#ports/desk.ts";
import type { DeskStore } from "#ports/desk-store.ts";
import { SqliteDeskStore } from "../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { Counted, Lines } from "./counted.ts";
import { DeskPlant } from "./desk-plant.ts";
import type { FakeDeskOptions } from "./fake-desk.ts";
import { FakeDesk } from "./fake-desk.ts";
import { FakeDeskWorld } from "./fake-desk-world.ts";
import { Life } from "./life.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { prng } from "./prng.ts";
import { START } from "./records.ts";

const bridgeSettings = (over: Partial<BridgeSettings> = {}): BridgeSettings => ({
  name: "desk",
  url: "https://desk.example",
  webUrl: "",
  openWhen: "escalated",
  queues: { default: "Proactive", byProduct: {}, bySeverity: { safety: "Field" } },
  severities: { normal: "normal", urgent: "urgent", safety: "safety" },
  comments: { everyMs: 30 * MINUTE_MS, perDay: 6 },
  pollEveryMs: 30_000,
  requestsPerMinute: 600_000,
  timeZone: "Europe/Amsterdam",
  ...over,
});

export interface Start {
  readonly store?: DeskStore;
  readonly desk?: Desk;
  readonly life?: Life;
}

export interface RigOptions {
  readonly capabilities?: Partial<DeskCapabilities>;
  readonly settings?: Partial<BridgeSettings>;
  readonly desk?: Omit<FakeDeskOptions, "clock">;
  readonly seed?: number;
}

/** A plant, a desk and bridges between them, on a clock that the test moves. */
export class DeskRig implements AsyncDisposable {
  readonly clock = new ManualClock(START);
  readonly plant = new DeskPlant(() => this.clock.now());
  readonly world: FakeDeskWorld;
  readonly log = new Lines();
  readonly metrics = new Counted();
  readonly states: (string | undefined)[] = [];
  readonly stores: DeskStore[] = [];
  readonly bridges: DeskBridge[] = [];
  readonly #options: RigOptions;
  readonly #random: () => number;
  readonly #lives: Life[] = [];

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.world = new FakeDeskWorld(() => this.clock.now(), options.capabilities);
    this.#random = prng(options.seed ?? 1);
  }

  get store(): DeskStore {
    const [first] = this.stores;
    if (first === undefined) throw new Error("no bridge was started");
    return first;
  }

  /** A file of its own unless a store is given; `life` ends it as a power cut does. */
  start(given: Start = {}): DeskBridge {
    const { plant, log, metrics } = this;
    const { life = new Life(), desk: own = this.desk() } = given;
    const file = given.store ?? new SqliteDeskStore(":memory:");
    if (!this.stores.includes(file)) this.stores.push(file);
    const store = life.sync(file);
    const clock = life.async(this.clock, false);
    const desk = life.async<Desk>(own);
    const { act } = life.async({ act: plant.act });
    const bridge = new DeskBridge({
      desks: [{ desk, settings: bridgeSettings(this.#options.settings) }],
      feed: plant,
      cases: plant.reader,
      dossiers: plant,
      act,
      ...{ store, clock, log, metrics },
      worker: `worker-${this.bridges.length + 1}`,
      random: this.#random,
      onState: (_desk, reason) => this.states.push(reason),
      orphanGraceMs: MINUTE_MS,
      followEveryMs: HOUR_MS,
    });
    this.bridges.push(bridge);
    this.#lives.push(life);
    this.plant.onEvent = () => {
      for (const one of this.bridges) one.follow();
    };
    bridge.start();
    return bridge;
  }

  desk(over: Partial<FakeDeskOptions> = {}): FakeDesk {
    return new FakeDesk(this.world, { clock: this.clock, ...this.#options.desk, ...over });
  }

  pass(duration: DurationMs): Promise<void> {
    return this.clock.advance(duration);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const alive = this.bridges.filter((_, i) => this.#lives[i]?.dead === false);
    const stops = alive.map((bridge) => bridge.stop());
    await this.clock.advance(10_000);
    await Promise.all(stops);
    await settled();
    for (const store of this.stores) store[Symbol.dispose]();
  }
}
