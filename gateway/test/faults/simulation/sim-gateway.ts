import type { RegisteredDevice } from "#domain/record.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import { GatewayService } from "#pipeline/gateway-service.ts";
import { Ingress } from "#pipeline/ingress.ts";
import { JournalWatch } from "#pipeline/journal-watch.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import { Outbox } from "#pipeline/outbox.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { Ticker } from "#pipeline/ticker.ts";
import type { SeriesRejection } from "#ports/series-store.ts";
import { SeriesConsumer } from "../../../src/adapters/series-worker/series-consumer.ts";
import { Counted, Lines } from "../../support/counted.ts";
import { DecideThread } from "./decide-thread.ts";
import { JournalThread } from "./journal-thread.ts";
import type { Machine } from "./machine.ts";
import type { Life } from "./scheduler.ts";
import { LifeClock } from "./scheduler.ts";
import type { Sent, SimDevice } from "./sim-device.ts";
import { SimLink } from "./sim-link.ts";

const PRODUCT = "boiler";
const TRIM_EVERY_MS = 7 * MINUTE_MS;
const SERIES_RETRY_MS = 5_000;

/** Who watches what the gateway does. */
export interface Witness {
  readonly acknowledged: (message: Sent) => void;
  readonly commandSent: (payload: Uint8Array) => void;
  readonly takenBack: (ids: readonly string[]) => void;
  readonly lost: (device: SimDevice) => void;
  readonly failed: (what: string) => void;
}

/** One run of the process: the real pipeline, wired as the core wires it, over threads without threads. */
export class SimGateway {
  readonly #machine: Machine;
  readonly #life: Life;
  readonly #witness: Witness;
  readonly #journal: JournalThread;
  readonly #decide: DecideThread;
  readonly #ingress: Ingress;
  readonly #outbox: Outbox;
  readonly #ticker: Ticker;
  readonly #series: SeriesConsumer;
  readonly #known = new Set<string>();
  readonly #caughtUp = Promise.withResolvers<void>();
  readonly service: GatewayService;
  readonly counted = new Counted();
  link: SimLink | undefined;
  #saved: Offset = 0;

  constructor(machine: Machine, life: Life, witness: Witness) {
    this.#machine = machine;
    this.#life = life;
    this.#witness = witness;
    const { scheduler, disk, files, serverClock } = machine;
    const clock = new LifeClock(scheduler, serverClock, life);
    const log = new Lines();
    const metrics = this.counted;
    this.#journal = new JournalThread({
      scheduler,
      disk,
      files,
      life,
      doubtful: machine.chances.doubtfulCommit,
      trimsAll: machine.broken === "trims what nobody has read",
    });
    const append: Ingress["append"] = (record) => this.#ingress.append(record);
    const onChange = (reason: string | undefined) => this.service.degraded("journal", reason);
    const watch = new JournalWatch({ clock, log, append, onChange });
    this.#ingress = new Ingress({
      submit: (bytes) => watch.guard(() => this.#journal.submit(bytes)),
      clock,
      log,
      metrics,
      admit: (device) => this.#admit(device),
      onReady: (device) => this.#outbox.ready(device),
      onTimeRequest: () => undefined,
    });
    this.#outbox = this.#createOutbox(clock, log);
    this.#ticker = new Ticker({ clock, append });
    this.service = this.#createService(clock);
    this.#decide = this.#createDecide(clock);
    this.#series = this.#createSeries();
    this.#journal.registerConsumer("decide", () => this.#saved);
    this.#journal.registerConsumer("series", () => this.#series.consumed);
    this.#journal.onCommit((newest) => this.#decide.committed(newest));
  }

  /** Resolved when devices may connect; rejected when the journal takes nothing. */
  async start(sources: Sources): Promise<void> {
    const lastAliveAt = this.#lastAliveAt();
    const append = this.#ingress.append.bind(this.#ingress);
    await append({ kind: "service", event: "started", reason: "", lastAliveAt });
    await append({ kind: "config", clock: "live" });
    await append({ kind: "ruleset", ...sources });
    this.#decide.start();
    await this.#caughtUp.promise;
    this.#outbox.add(await this.#decide.due(100_000));
    const { items } = await this.#machine.cases.stored.devices({ limit: 1_000 });
    for (const { id } of items) this.#known.add(id);
    this.service.setStatus("ok");
    void this.#storeSamples();
    this.#trimLater();
    this.link = this.#createLink();
  }

  register(device: RegisteredDevice): Promise<unknown> {
    return this.service.putDevice(device, "anna");
  }

  /** SIGTERM: what was accepted is finished, then everything is saved. */
  stop(): void {
    this.link?.stopAccepting();
    this.#outbox.stop();
    this.#ticker[Symbol.dispose]();
    this.#decide.close();
  }

  /** Nothing that could be done is left to do. */
  isQuiet(): boolean {
    const { newest } = this.#machine.files;
    const decided = this.#decide.applied >= newest;
    return decided && this.#series.consumed >= newest && this.#outbox.dueNow() === 0;
  }

  #lastAliveAt(): EpochMs {
    const newest = this.#machine.files.records.at(-1);
    return newest === undefined ? 0 : decodeRecord(newest.bytes).appendedAt;
  }

  #admit(id: string): RegisteredDevice | undefined {
    if (this.#known.has(id)) return undefined;
    this.#known.add(id);
    return { id, product: PRODUCT, attrs: {}, cohort: "", owner: "", activatedAt: 0 };
  }

  #take(report: DecideReport): void {
    this.#saved = report.saved;
    for (const { name, labels, by } of report.counts) this.counted.count(name, labels, by);
    this.#outbox.cancel(report.cancelled);
    this.#witness.takenBack(report.cancelled);
    this.#outbox.add(report.outbox);
    this.#ticker.take(report);
    this.service.take(report);
    if (report.applied >= this.#journal.newestKnown) this.#caughtUp.resolve();
  }

  #createLink(): SimLink {
    const { scheduler, broken } = this.#machine;
    return new SimLink({
      scheduler,
      life: this.#life,
      handler: this.#ingress,
      onAcknowledged: this.#witness.acknowledged,
      onLost: this.#witness.lost,
      acknowledgesFirst: broken === "acknowledges before it appends",
    });
  }

  #createService(clock: LifeClock): GatewayService {
    const compiled = this.#machine.compile(this.#machine.sources);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    let ids = 0;
    return new GatewayService({
      ingress: this.#ingress,
      ruleset: compiled.ruleset,
      clock,
      version: "1",
      newId: () => `id-${this.#life.number}-${++ids}`,
      issueSecret: async (device) => {
        this.#known.add(device);
        return "secret";
      },
      newest: () => this.#journal.newestKnown,
      stored: async () => this.#series.consumed,
      outboxDue: () => this.#outbox.dueNow(),
      metricsText: async () => "",
    });
  }

  #createOutbox(clock: LifeClock, log: Lines): Outbox {
    const { receiver, broken } = this.#machine;
    let attempts = 0;
    const real = receiver.sender(this.#life);
    const renamed = broken === "gives every attempt an id of its own";
    const webhook = renamed
      ? { ...real, send: (id: string, body: string) => real.send(`${id}-${++attempts}`, body) }
      : real;
    return new Outbox({
      link: {
        isReady: (device) => this.link?.isReady(device) ?? false,
        send: async (device, product, cls, payload) => {
          if (cls === "cmd") this.#witness.commandSent(payload);
          await this.link?.send(device, product, cls, payload);
        },
      },
      webhook,
      clock,
      log,
      metrics: this.counted,
      record: async (outcome) => {
        await this.#ingress.append(outcome);
      },
      mark: (id, mark) => this.#decide.mark(id, mark),
      serviceTime: () => this.service.serviceTime,
    });
  }

  #createDecide(clock: LifeClock): DecideThread {
    const { scheduler, files, cases, state, compile } = this.#machine;
    return new DecideThread({
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
      onReport: (report) => this.#take(report),
      onStalled: (reason) => this.service.degraded("decide", reason),
      onFailure: (error) => this.#witness.failed(`the deciding thread ended: ${String(error)}`),
    });
  }

  #createSeries(): SeriesConsumer {
    const { files, series, consumed } = this.#machine;
    const keep = (rejected: readonly SeriesRejection[]) =>
      Promise.all(rejected.map((one) => this.#ingress.storeRejected(one)));
    return new SeriesConsumer({
      read: (from) => files.read(from, 200),
      store: { write: (rows) => series.write(rows, this.#life) },
      file: consumed,
      keepRejected: async (rejected) => {
        await keep(rejected);
      },
    });
  }

  async #storeSamples(): Promise<void> {
    const { scheduler } = this.#machine;
    while (this.#life.alive) {
      const outcome = await this.#series.step();
      const failed = outcome.kind === "failed";
      await scheduler.wait(failed ? SERIES_RETRY_MS : scheduler.dice.between(100, 4_000), this.#life);
    }
  }

  #trimLater(): void {
    this.#machine.scheduler.after(TRIM_EVERY_MS, this.#life, () => {
      this.#journal.trim();
      this.#trimLater();
    });
  }
}
