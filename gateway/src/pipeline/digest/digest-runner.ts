import type { Team } from "#domain/service/service-file.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { DigestMarks } from "#ports/digest-marks.ts";
import type { Log } from "#ports/log.ts";
import type { Mail, Mailer } from "#ports/mailer.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { CronSchedule, Schedules } from "#ports/schedules.ts";

export interface DigestRunnerDeps {
  readonly teams: readonly Team[];
  readonly compose: (
    team: Team,
    dueAt: EpochMs,
  ) => Promise<Pick<Mail, "subject" | "text" | "html">>;
  readonly mailer: Mailer;
  readonly marks: DigestMarks;
  readonly schedules: Schedules;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A digest that fell due while the gateway was down is made up for so long, and tried for so long. */
const MAKE_UP_MS: DurationMs = DAY_MS;
/** Twice an hour when clocks go back; and nobody wants two of them in one morning. */
const LEAST_APART_MS: DurationMs = 12 * HOUR_MS;
/** Timers may fire a little before their time. */
const EARLY_MS: DurationMs = SECOND_MS;

/**
 * Sends each team its digest when it falls due. A digest is marked before it is handed to the mail server, so
 * none is ever sent twice; what becomes of one that a crash caught in between nobody knows, and the log says so.
 */
export class DigestRunner implements AsyncDisposable {
  readonly #deps: DigestRunnerDeps;
  readonly #running: Disposable[] = [];
  readonly #stopped = new AbortController();
  /** One digest at a time: each reads the figures of all cases. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: DigestRunnerDeps) {
    this.#deps = deps;
  }

  /** Looks for what fell due while the gateway was down, and goes on by the schedules. */
  start(): void {
    const { teams, schedules, marks, log } = this.#deps;
    for (const team of teams) {
      const { digest, name } = team;
      if (digest === undefined) continue;
      if ((team.mail[0] ?? []).length === 0) {
        log.warn({ team: name }, "a team has a digest and no address: nobody gets it");
        continue;
      }
      if (marks.of(name)?.state === "sending") {
        log.warn(
          { team: name },
          "it is not known whether the last digest of a team was sent; npm run admin -- digest TEAM --send sends it",
        );
      }
      this.#first(team, digest);
      this.#running.push(schedules.start(digest, () => this.#look(team, digest)));
    }
  }

  /** What is under way is broken off, and marked as what it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#running) one[Symbol.dispose]();
    this.#stopped.abort(new Error("the gateway stops"));
    await this.#last;
  }

  /** What fell due before a team had a digest at all is not made up. */
  #first(team: Team, digest: CronSchedule): void {
    const { marks, clock, schedules, log } = this.#deps;
    if (marks.of(team.name) !== undefined) {
      this.#look(team, digest);
      return;
    }
    const at = clock.now();
    const dueAt = schedules.lastDue(digest, at, MAKE_UP_MS) ?? 0;
    const mark = { dueAt, state: "sent", at, detail: "before the first start" } as const;
    this.#last = this.#last
      .then(() => marks.put(team.name, mark))
      .catch((error: unknown) => {
        log.error({ team: team.name, reason: String(error) }, "digests cannot be marked");
      });
  }

  #look(team: Team, digest: CronSchedule): void {
    const { clock, log } = this.#deps;
    this.#last = this.#last
      .then(async () => {
        const now = clock.now() + EARLY_MS;
        const dueAt = this.#deps.schedules.lastDue(digest, now, MAKE_UP_MS);
        if (dueAt === undefined || this.#stopped.signal.aborted) return;
        if (!this.#isOwed(team, dueAt)) return;
        // A server that takes nothing holds up nobody else's.
        const wait = await this.#send(team, dueAt);
        if (wait !== undefined) this.#later(team, digest, wait);
      })
      .catch((error: unknown) => {
        if (this.#stopped.signal.aborted) return;
        log.error({ team: team.name, reason: String(error) }, "a digest could not be made");
        this.#later(team, digest, HOUR_MS);
      });
  }

  #later(team: Team, digest: CronSchedule, wait: DurationMs): void {
    this.#deps.clock.sleep(wait, this.#stopped.signal).then(
      () => this.#look(team, digest),
      () => undefined,
    );
  }

  #isOwed({ name }: Team, dueAt: EpochMs): boolean {
    const mark = this.#deps.marks.of(name);
    if (mark === undefined) return true;
    if (mark.dueAt === dueAt) return mark.state === "owed";
    return dueAt - mark.dueAt >= LEAST_APART_MS;
  }

  /** How long to wait before the next try; undefined = settled. */
  async #send(team: Team, dueAt: EpochMs): Promise<DurationMs | undefined> {
    const { compose, mailer, marks, clock, log, metrics } = this.#deps;
    const { name } = team;
    const to = team.mail[0] ?? [];
    const mail = { id: stableId("digest", [name, dueAt]), to, ...(await compose(team, dueAt)) };
    const put = (state: "sending" | "owed" | "sent" | "failed", detail: string) =>
      marks.put(name, { dueAt, state, at: clock.now(), detail });
    await put("sending", "");
    const { outcome, detail, rejected } = await mailer.send(mail, this.#stopped.signal);
    metrics.count("mails_total", { about: "digest", outcome });
    if (rejected > 0) log.warn({ team: name, rejected }, "some addresses of a team take no mail");
    if (outcome === "later") {
      await put("owed", detail);
      log.warn({ team: name, reason: detail }, "a digest is tried again");
      return mailer.retryDelayMs(1 + Math.floor((clock.now() - dueAt) / HOUR_MS));
    }
    await put(outcome === "refused" ? "failed" : "sent", detail);
    if (outcome === "refused") log.error({ team: name, reason: detail }, "a digest was refused");
    else if (outcome === "unknown") {
      log.warn({ team: name, reason: detail }, "a digest was handed over without an answer");
    } else log.info({ team: name }, "a digest was sent");
    return undefined;
  }
}
