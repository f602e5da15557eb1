import { randomUUID } from "node:crypto";
import type { RegisteredDevice, SourceFile } from "#domain/record.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { ClockWatch } from "#pipeline/clock-watch.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import { GatewayService } from "#pipeline/gateway-service.ts";
import { Ingress } from "#pipeline/ingress.ts";
import { JournalWatch } from "#pipeline/journal-watch.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import type { OutboxDeps } from "#pipeline/outbox.ts";
import { Outbox } from "#pipeline/outbox.ts";
import { Ticker } from "#pipeline/ticker.ts";
import { timeAnswer } from "#pipeline/time-answer.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceLink, InboundMessage } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { PointRejection } from "#ports/point-store.ts";
import type { SeriesRejection } from "#ports/series-store.ts";
import type { WebhookSender } from "#ports/webhook-sender.ts";
import type { Cut } from "./adapters/cases-sqlite/retention.ts";
import type { DeviceCredentials } from "./adapters/credentials/device-credentials.ts";
import type { DecideClient, DecideClientOptions } from "./adapters/decide-worker/client.ts";
import type { JournalClient } from "./adapters/journal-worker/client.ts";
import { JournalMetrics } from "./adapters/journal-worker/journal-metrics.ts";
import type { LoopLoad } from "./adapters/metrics/loop-watch.ts";
import type { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import { RepeatFilter } from "./adapters/mqtt/counters.ts";
import type { SeriesClient } from "./adapters/series-worker/client.ts";
import type { ConsumerFailure, ConsumerName } from "./adapters/series-worker/messages.ts";
import { SeriesMetrics } from "./adapters/series-worker/series-metrics.ts";
import { DecisionsTold } from "./decisions-told.ts";

/** The deciding side, which lives in a thread of its own. */
export type DecideSide = Pick<
  DecideClient,
  "start" | "due" | "mark" | "load" | "pointsTold" | "drop"
> &
  AsyncDisposable;

export interface CoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics & Pick<PromMetrics, "text">;
  readonly journal: Pick<JournalClient, "submit" | "newestKnown" | "registerConsumer" | "stats">;
  readonly directory: Pick<DeviceCredentials, "open" | "productOf" | "setProduct" | "issue">;
  readonly ruleset: CompiledRuleset;
  readonly webhook: WebhookSender | undefined;
  readonly notices?: OutboxDeps["notices"];
  readonly version: string;
  readonly decide: (told: Pick<DecideClientOptions, "onReport" | "onStalled">) => DecideSide;
}

/** Outbox entries that are loaded at the start; more than a fleet owes at any time. */
const OUTBOX_LOADED = 100_000;

/** What lies between the broker, the threads and the API: every record goes in and every report comes out here. */
export class Core implements AsyncDisposable {
  readonly ingress: Ingress;
  readonly service: GatewayService;
  readonly #options: CoreOptions;
  readonly #outbox: Outbox;
  readonly #ticker: Ticker;
  readonly #decide: DecideSide;
  readonly #journalMetrics: JournalMetrics;
  readonly #caughtUp = Promise.withResolvers<void>();
  /** Newest record of the start; deciding must have come so far before anything else. */
  #startsAt: Offset = Number.POSITIVE_INFINITY;
  #applied: Offset = 0;
  #loading: Promise<void> | undefined;
  readonly #told: DecisionsTold;
  readonly #rejections = new RepeatFilter();
  readonly #clockWatch: ClockWatch;
  #link: DeviceLink | undefined;
  #series: { readonly client: SeriesClient; readonly metrics: SeriesMetrics } | undefined;
  #saved = 0;

  constructor(options: CoreOptions) {
    this.#options = options;
    const { clock, log, journal, metrics } = options;
    const append: Ingress["append"] = (record) => this.ingress.append(record);
    const onChange = (reason: string | undefined) => this.service.degraded("journal", reason);
    const watch = new JournalWatch({ clock, log, append, onChange });
    this.#clockWatch = new ClockWatch({ clock, log, append });
    this.#told = new DecisionsTold(clock, log);
    this.ingress = new Ingress({
      submit: (bytes) => {
        this.#clockWatch.look();
        return watch.guard(() => journal.submit(bytes));
      },
      clock,
      log,
      metrics,
      admit: (device, product) => this.#admit(device, product),
      onReady: (device) => this.#outbox.ready(device),
      onTimeRequest: (request, now) => this.#answerTime(request, now),
    });
    this.#journalMetrics = new JournalMetrics(journal, metrics);
    this.service = this.#createService();
    this.#outbox = this.#createOutbox();
    this.#ticker = new Ticker({ clock, append });
    this.#decide = options.decide({
      onReport: (report) => this.#take(report),
      onStalled: (reason) => this.#stalled(reason),
    });
    journal.registerConsumer("decide", () => this.#saved);
  }

  /** Resolved when everything that is in the journal is decided and what is owed is known. */
  async start(
    sources: Sources,
    {
      clock,
      lastAliveAt,
      service,
    }: {
      readonly clock: "live" | "event";
      readonly lastAliveAt: EpochMs;
      readonly service?: SourceFile | undefined;
    },
  ): Promise<void> {
    // First of all the start itself: it says that the time since `lastAliveAt` was our own downtime.
    await this.ingress.append({ kind: "service", event: "started", reason: "", lastAliveAt });
    await this.ingress.append({ kind: "config", clock, ...(service && { service }) });
    if (clock === "live") this.#clockWatch.start();
    await this.ingress.append({ kind: "ruleset", ...sources });
    this.#startsAt = this.#options.journal.newestKnown;
    this.#noticeCaughtUp();
    await this.load();
    await this.#caughtUp.promise;
    this.#outbox.add(await this.#decide.due(OUTBOX_LOADED));
  }

  /** Begins to load the decision state, which takes the longest of a start, beside whatever else is opened. */
  load(): Promise<void> {
    this.#loading ??= this.#decide.start();
    // A failure is told to whoever starts.
    this.#loading.catch(() => undefined);
    return this.#loading;
  }

  attach(link: DeviceLink): void {
    this.#link = link;
  }

  attachSeries(client: SeriesClient): void {
    const { journal, metrics } = this.#options;
    this.#series = { client, metrics: new SeriesMetrics(client, metrics) };
    journal.registerConsumer("series", () => client.consumedKnown);
  }

  /** Devices are served all the same: the journal keeps what the store does not take. */
  readonly onSeriesState = (store: ConsumerName, failure: ConsumerFailure | undefined): void => {
    const { log } = this.#options;
    const what = `series-${store}`;
    if (failure === undefined) {
      this.service.impaired(what, undefined);
      log.info({ store }, "the store takes samples");
      return;
    }
    const { problem, message } = failure;
    const next =
      problem === "denied"
        ? "Put its credentials or its database right; nothing is deleted, and it is tried again every half minute"
        : "It is tried again by itself";
    const reason = `Samples wait in the journal, the ${store} store takes none. ${next}: ${message}`;
    this.service.impaired(what, reason);
    log.error({ store, problem, reason: message }, "the store takes no samples");
  };

  /** How busy the deciding thread was since the last question. */
  decideLoad(): Promise<LoopLoad> {
    return this.#decide.load();
  }

  /** Age of the oldest effect that could be delivered. */
  get outboxOldestMs(): DurationMs {
    const oldest = this.#outbox.oldestAt();
    return oldest === null ? 0 : Math.max(0, this.service.serviceTime - oldest);
  }

  readonly dropOld = (cut: Cut): void => this.#decide.drop(cut);

  readonly onPointsTold = (upTo: number): void => this.#decide.pointsTold(upTo);

  readonly onPointsRejected = (rejected: readonly PointRejection[]): void => {
    const { clock, log } = this.#options;
    for (const { point, reason } of rejected) {
      const { measurement, tags, at } = point;
      if (!this.#rejections.isNew(`${measurement} point`, clock.now())) continue;
      log.warn({ measurement, tags, at, reason }, "the store takes no such point for dashboards");
    }
  };

  /** Into quarantine, where a person looks for them. */
  readonly onSeriesRejected = async (rejected: readonly SeriesRejection[]): Promise<void> => {
    await Promise.all(rejected.map((one) => this.ingress.storeRejected(one)));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#outbox.stop();
    this.#ticker[Symbol.dispose]();
    await this.#decide[Symbol.asyncDispose]();
  }

  #admit(device: string, product: string): RegisteredDevice | undefined {
    const { directory, ruleset } = this.#options;
    const known = directory.productOf(device) !== undefined;
    if (!directory.open || known || !ruleset.products.has(product)) return undefined;
    directory.setProduct(device, product);
    return { id: device, product, attrs: {}, cohort: "", owner: "", activatedAt: 0 };
  }

  /** Best effort, as the request: a device that misses the answer asks again. */
  #answerTime({ device, product, payload }: InboundMessage, now: EpochMs): void {
    const answer = timeAnswer(payload, now);
    if (answer === undefined) return;
    this.#link?.send(device, product, "time", answer).catch(() => undefined);
  }

  #take(report: DecideReport): void {
    const { metrics } = this.#options;
    this.#saved = report.saved;
    for (const { name, labels, by } of report.counts) metrics.count(name, labels, by);
    this.#told.take(report);
    for (const ms of report.readingToCaseMs) metrics.observe("reading_to_case_seconds", ms / 1_000);
    this.#outbox.cancel(report.cancelled);
    this.#outbox.add(report.outbox);
    this.#ticker.take(report);
    this.service.take(report);
    this.#applied = report.applied;
    this.#noticeCaughtUp();
  }

  #noticeCaughtUp(): void {
    if (this.#applied >= this.#startsAt) this.#caughtUp.resolve();
  }

  #stalled(reason: string | undefined): void {
    const { log } = this.#options;
    this.service.degraded(
      "decide",
      reason && `Nothing is decided until the disk has room: ${reason}`,
    );
    if (reason === undefined) log.info({}, "deciding goes on");
    else log.error({ reason }, "the disk takes nothing: nothing is decided until it does");
  }

  #createService(): GatewayService {
    const { ruleset, clock, version, directory, journal } = this.#options;
    return new GatewayService({
      ingress: this.ingress,
      ruleset,
      clock,
      version,
      newId: randomUUID,
      issueSecret: (device, product) => {
        directory.setProduct(device, product);
        return directory.issue(device);
      },
      newest: () => journal.newestKnown,
      stored: async () => (await this.#series?.metrics.stored(clock.now())) ?? 0,
      outboxDue: () => this.#outbox.dueNow(),
      metricsText: () => this.#metricsText(),
    });
  }

  async #metricsText(): Promise<string> {
    const { metrics } = this.#options;
    const { newest } = await this.#journalMetrics.refresh();
    await this.#series?.metrics.refresh();
    const health = await this.service.health();
    metrics.gauge("decide_lag_records", newest - health.journal.decided);
    metrics.gauge("store_lag_records", newest - health.journal.stored);
    metrics.gauge("outbox_due", health.outboxDue);
    return metrics.text();
  }

  #createOutbox(): Outbox {
    const { clock, log, metrics, webhook, notices } = this.#options;
    return new Outbox({
      link: {
        isReady: (device) => this.#link?.isReady(device) ?? false,
        send: async (device, product, cls, payload) =>
          this.#link?.send(device, product, cls, payload),
      },
      webhook,
      notices,
      clock,
      log,
      metrics,
      record: async (outcome) => {
        await this.ingress.append(outcome);
      },
      mark: (id, mark) => this.#decide.mark(id, mark),
      serviceTime: () => this.service.serviceTime,
    });
  }
}
