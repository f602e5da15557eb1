import type { RegisteredDevice } from "#domain/record.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { GatewayService } from "#pipeline/gateway-service.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { WebhookSender } from "#ports/webhook-sender.ts";
import { SeriesConsumer } from "../../../src/adapters/series-worker/series-consumer.ts";
import type { CoreOptions } from "../../../src/core.ts";
import { Core } from "../../../src/core.ts";
import { Counted, Lines } from "../../support/counted.ts";
import { DecideThread } from "./decide-thread.ts";
import { JournalThread } from "./journal-thread.ts";
import type { Machine } from "./machine.ts";
import type { Life } from "./scheduler.ts";
import { LifeClock } from "./scheduler.ts";
import type { Sent, SimDevice } from "./sim-device.ts";
import { SimLink } from "./sim-link.ts";

const TRIM_EVERY_MS = 7 * MINUTE_MS;
const SERIES_RETRY_MS = 45_000;

/** Who watches what the gateway does. */
export interface Witness {
  readonly acknowledged: (message: Sent) => void;
  readonly commandSent: (payload: Uint8Array) => void;
  readonly takenBack: (ids: readonly string[]) => void;
  readonly lost: (device: SimDevice) => void;
  readonly failed: (what: string) => void;
}

class CountedText extends Counted {
  async text(): Promise<string> {
    return "";
  }
}

/** One run of the process: the real core over threads without threads. */
export class SimGateway {
  readonly #machine: Machine;
  readonly #life: Life;
  readonly #witness: Witness;
  readonly #journal: JournalThread;
  readonly #series: SeriesConsumer;
  readonly #core: Core;
  readonly #known = new Set<string>();
  readonly #decided: () => Offset;
  link: SimLink | undefined;

  constructor(machine: Machine, life: Life, witness: Witness) {
    this.#machine = machine;
    this.#life = life;
    this.#witness = witness;
    const { scheduler, disk, files, serverClock } = machine;
    const clock = new LifeClock(scheduler, serverClock, life);
    this.#journal = new JournalThread({
      scheduler,
      disk,
      files,
      life,
      doubtful: machine.chances.doubtfulCommit,
      trimsAll: machine.broken === "trims what nobody has read",
    });
    this.#series = this.#createSeries();
    const { decide, decided } = this.#deciding(clock);
    this.#decided = decided;
    const compiled = machine.compile(machine.sources);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    this.#core = new Core({
      clock,
      log: new Lines(),
      metrics: new CountedText(),
      journal: this.#journal,
      directory: this.#directory(),
      ruleset: compiled.ruleset,
      webhook: this.#webhook(),
      version: "1",
      decide,
    });
    this.#journal.registerConsumer("series", () => this.#series.consumed);
  }

  get service(): GatewayService {
    return this.#core.service;
  }

  /** Resolved when devices may connect; rejected when the journal takes nothing. */
  async start(sources: Sources): Promise<void> {
    await this.#core.start(sources, { clock: "live", lastAliveAt: this.#lastAliveAt() });
    const { items } = await this.#machine.cases.stored.devices({ limit: 1_000 });
    for (const { id } of items) this.#known.add(id);
    this.service.setStatus("ok");
    void this.#storeSamples();
    this.#trimLater();
    const link = this.#createLink();
    this.link = link;
    this.#core.attach({
      isReady: (device) => link.isReady(device),
      send: (device, product, cls, payload) => {
        if (cls === "cmd" && link.isReady(device)) this.#witness.commandSent(payload);
        return link.send(device, product, cls, payload);
      },
      start: async () => ({ port: 0 }),
      stopAccepting: async () => link.stopAccepting(),
      kick: (device, reason) => link.drop(device, reason),
      [Symbol.asyncDispose]: async () => undefined,
    });
  }

  register(device: RegisteredDevice): Promise<unknown> {
    return this.service.putDevice(device, "anna");
  }

  /** SIGTERM: what was accepted is finished, then everything is saved. */
  stop(): void {
    this.link?.stopAccepting();
    void this.#core[Symbol.asyncDispose]();
  }

  /** Nothing that could be done is left to do. */
  isQuiet(): boolean {
    const { newest } = this.#machine.files;
    return this.#decided() >= newest && this.#series.consumed >= newest;
  }

  #lastAliveAt(): EpochMs {
    const newest = this.#machine.files.records.at(-1);
    return newest === undefined ? 0 : decodeRecord(newest.bytes).appendedAt;
  }

  #directory(): CoreOptions["directory"] {
    return {
      open: true,
      productOf: (device) => (this.#known.has(device) ? "boiler" : undefined),
      setProduct: (device) => void this.#known.add(device),
      issue: async () => "secret",
    };
  }

  #createLink(): SimLink {
    const { scheduler, broken } = this.#machine;
    return new SimLink({
      scheduler,
      life: this.#life,
      handler: this.#core.ingress,
      onAcknowledged: this.#witness.acknowledged,
      onLost: this.#witness.lost,
      acknowledgesFirst: broken === "acknowledges before it appends",
    });
  }

  #webhook(): WebhookSender {
    const { receiver, broken } = this.#machine;
    const real = receiver.sender(this.#life);
    if (broken !== "gives every attempt an id of its own") return real;
    let attempts = 0;
    return { ...real, send: (id, body) => real.send(`${id}-${++attempts}`, body) };
  }

  #deciding(clock: LifeClock): {
    readonly decide: CoreOptions["decide"];
    readonly decided: () => Offset;
  } {
    const { scheduler, files, cases, state, compile } = this.#machine;
    let thread: DecideThread | undefined;
    const decide: CoreOptions["decide"] = ({ onReport, onStalled }) => {
      thread = new DecideThread({
        scheduler,
        life: this.#life,
        cases,
        state,
        decider: {
          read: (from, limit) => files.read(from, limit),
          cases,
          state,
          now: () => clock.now(),
          build: "1",
          compile,
        },
        onReport: (report) => {
          this.#witness.takenBack(report.cancelled);
          onReport(report);
        },
        onStalled,
        onFailure: (error) => this.#witness.failed(`the deciding thread ended: ${String(error)}`),
      });
      const { committed } = thread;
      this.#journal.onCommit(committed);
      return thread;
    };
    return { decide, decided: () => thread?.applied ?? 0 };
  }

  #createSeries(): SeriesConsumer {
    const { files, series, consumed } = this.#machine;
    return new SeriesConsumer({
      read: (from) => files.read(from, 200),
      store: { write: (rows) => series.write(rows, this.#life) },
      file: consumed,
      keepRejected: (rejected) => this.#core.onSeriesRejected(rejected),
    });
  }

  async #storeSamples(): Promise<void> {
    const { scheduler } = this.#machine;
    while (this.#life.alive) {
      const outcome = await this.#series.step();
      const failed = outcome.kind === "failed";
      await scheduler.wait(
        failed ? SERIES_RETRY_MS : scheduler.dice.between(100, 4_000),
        this.#life,
      );
    }
  }

  #trimLater(): void {
    this.#machine.scheduler.after(TRIM_EVERY_MS, this.#life, () => {
      this.#journal.trim();
      this.#trimLater();
    });
  }
}
