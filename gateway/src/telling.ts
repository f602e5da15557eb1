import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { fleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { Levels, Totals } from "#pipeline/points/gateway-points.ts";
import { gatewayPoint, threadPoint } from "#pipeline/points/gateway-points.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import type { JournalClient } from "./adapters/journal-worker/client.ts";
import { Figures } from "./adapters/metrics/figures.ts";
import { LoopWatch } from "./adapters/metrics/loop-watch.ts";
import type { PromMetrics } from "./adapters/metrics/prom-metrics.ts";
import type { SeriesClient } from "./adapters/series-worker/client.ts";
import type { JournalSpan } from "./adapters/series-worker/messages.ts";
import type { Core } from "./core.ts";

const LOOK_EVERY_MS: DurationMs = SECOND_MS;
const OWN_EVERY_MS: DurationMs = 10 * SECOND_MS;

interface TellingOptions {
  readonly core: Core;
  readonly series: SeriesClient;
  readonly journal: Pick<JournalClient, "load">;
  readonly metrics: PromMetrics;
  readonly ruleset: CompiledRuleset;
  readonly casesPath: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** From now on until it is disposed; the deciding thread runs already, its file is there. */
export async function startTelling(options: TellingOptions): Promise<AsyncDisposable> {
  const telling = new Telling(options);
  await telling.start();
  return telling;
}

/**
 * Gives the series thread the time to sample the fleet by, and what the gateway says about itself. Only
 * where a remote store is configured: nobody else would be told.
 */
class Telling implements AsyncDisposable {
  readonly #options: TellingOptions;
  readonly #closing = new AbortController();
  readonly #loop = new LoopWatch();
  #before: Totals | undefined;
  #ownAt: DurationMs = Number.NEGATIVE_INFINITY;
  #ended: Promise<void> | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { series, casesPath, ruleset } = this.#options;
    await series.tell(casesPath, fleetFacts(ruleset));
    this.#ended = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the gateway stops"));
    await this.#ended;
    this.#loop[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#closing;
    let failing = false;
    while (!signal.aborted) {
      try {
        await this.#look();
        failing = false;
      } catch (error) {
        // Dashboards have a gap; everything else goes on.
        if (!failing && !signal.aborted) {
          log.warn({ reason: String(error) }, "the fleet could not be sampled for dashboards");
        }
        failing = true;
      }
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { core, series, clock } = this.#options;
    const now = clock.elapsed();
    const points = now - this.#ownAt >= OWN_EVERY_MS ? await this.#own(now) : [];
    await series.sample(core.service.serviceTime, points);
  }

  /** How the gateway and its threads are; the first look only begins to measure. */
  async #own(now: DurationMs): Promise<readonly ServicePoint[]> {
    this.#ownAt = now;
    const { core, series, journal, metrics, clock } = this.#options;
    const figures = new Figures([...(await metrics.part()), ...(await metrics.processPart())]);
    const [ofSeries, journalLoad, decideLoad] = await Promise.all([
      series.load(),
      journal.load(),
      core.decideLoad(),
    ]);
    const mainLoad = this.#loop.take();
    const before = this.#before;
    const totals = totalsOf(figures, now);
    this.#before = totals;
    if (before === undefined) return [];
    const at = clock.now();
    const levels = await this.#levels(figures, ofSeries.journal, at);
    return [
      gatewayPoint(before, totals, levels, at),
      threadPoint("main", mainLoad, at),
      threadPoint("journal", journalLoad, at),
      threadPoint("deciding", decideLoad, at),
      threadPoint("series", ofSeries.load, at),
    ];
  }

  async #levels(figures: Figures, span: JournalSpan, at: EpochMs): Promise<Levels> {
    const { core, series } = this.#options;
    const { status, journal, outboxDue } = await core.service.health();
    const { remote, points } = await series.stats();
    return {
      status,
      decideLag: journal.newest - journal.decided,
      storeLag: journal.newest - journal.stored,
      remoteOk: remote?.error === "",
      outboxDue,
      outboxOldestMs: core.outboxOldestMs,
      journalBytes: span.bytes,
      journalAgeMs: span.oldestAt === null ? null : Math.max(0, at - span.oldestAt),
      rssBytes: figures.residentBytes,
      connections: figures.total("connections"),
      pointsWaiting: points?.waiting ?? 0,
      pointsDropped: points?.dropped ?? 0,
    };
  }
}

const totalsOf = (figures: Figures, at: DurationMs): Totals => ({
  at,
  messages: figures.total("messages_received_total"),
  refused: figures.total("messages_refused_total"),
  quarantined: figures.total("messages_quarantined_total"),
  shed: figures.total("messages_shed_total"),
  cpuSeconds: figures.cpuSeconds,
  appends: figures.observed("journal_append_seconds"),
  readingToCase: figures.observed("reading_to_case_seconds"),
});
