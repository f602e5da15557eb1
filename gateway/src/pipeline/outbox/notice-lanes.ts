import type { OutboxEntry } from "#domain/effects.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import type { NoticeLink } from "#pipeline/mail/notice-mail.ts";
import { noticeMail } from "#pipeline/mail/notice-mail.ts";
import { Lanes } from "#pipeline/outbox/lanes.ts";
import type { Owed } from "#pipeline/outbox/owed.ts";
import { untilDue } from "#pipeline/outbox/owed.ts";
import type { OutboxMark } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { Mailer } from "#ports/mailer.ts";
import type { Metrics } from "#ports/metrics.ts";

export type NoticeEntry = Extract<OutboxEntry, { kind: "notice" }>;

export interface NoticeLanesDeps {
  /** undefined = no mail server is configured. */
  readonly mailer: Mailer | undefined;
  /** Of the team's rung in the service file in force; empty = nobody. */
  readonly addresses: (team: string, rung: number) => readonly string[];
  /** Page of what a notice is about; undefined = the console has no address that others reach. */
  readonly linkOf: NoticeLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly mark: (id: string, mark: OutboxMark) => void;
  readonly serviceTime: () => EpochMs;
}

/** Notices to one team within this are one mail. */
const GATHER_MS: DurationMs = MINUTE_MS;
/** A mail stays short enough to be read; the rest is the next mail. */
const PER_MAIL = 50;
/** A warning that is older tells nobody anything. */
const STALE_MS: DurationMs = 3 * DAY_MS;

/**
 * Notices by mail, one mail at a time per team and rung. Which of them are in one mail is marked before it is
 * sent, and decides its id: a repeat, also after a restart, is the same mail with the same Message-ID.
 */
export class NoticeLanes {
  readonly #deps: NoticeLanesDeps;
  readonly #stopped: AbortSignal;
  readonly #lanes: Lanes<Owed<NoticeEntry>>;

  constructor(deps: NoticeLanesDeps, stopped: AbortSignal) {
    this.#deps = deps;
    this.#stopped = stopped;
    this.#lanes = new Lanes<Owed<NoticeEntry>>({
      name: "team",
      idOf: ({ entry }) => entry.id,
      drain: (key) => this.#drain(key),
      clock: deps.clock,
      log: deps.log,
      stopped,
    });
  }

  add(owed: Owed<NoticeEntry>): void {
    const { team, rung } = owed.entry;
    this.#lanes.add(`${team}/${rung}`, owed);
  }

  cancel(ids: readonly string[]): void {
    for (const id of ids) this.#lanes.remove(id);
  }

  /** Those that were tried wait for their time. */
  dueNow(): number {
    let due = 0;
    for (const [, items] of this.#lanes.entries()) {
      for (const { attempts } of items) if (attempts === 0) due += 1;
    }
    return due;
  }

  *oldest(): Generator<EpochMs> {
    for (const [key] of this.#lanes.entries()) {
      const head = this.#lanes.head(key);
      if (head !== undefined) yield head.entry.createdAt;
    }
  }

  async #drain(key: string): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      const head = this.#lanes.head(key);
      if (head === undefined) return;
      if (!this.#canBeSent(head.entry)) {
        this.#settle([head], "done", this.#whyNot(head.entry));
        this.#lanes.remove(head.entry.id);
        continue;
      }
      if (head.attempts === 0) await clock.sleep(GATHER_MS, this.#stopped);
      else await untilDue(head.nextAt, clock, this.#stopped);
      const batch = this.#batch(key);
      if (this.#dropStale(batch) || !(await this.#send(batch))) continue;
      for (const { entry } of batch) this.#lanes.remove(entry.id);
    }
  }

  /** Those that were tried together go together again; else what has gathered. */
  #batch(key: string): readonly Owed<NoticeEntry>[] {
    const items = this.#lanes.items(key);
    const head = items[0];
    if (head === undefined) return [];
    return items
      .filter(({ attempts, nextAt }) => attempts === head.attempts && nextAt === head.nextAt)
      .slice(0, PER_MAIL);
  }

  #dropStale(batch: readonly Owed<NoticeEntry>[]): boolean {
    const { serviceTime, log } = this.#deps;
    const stale = batch.filter(({ entry }) => serviceTime() - entry.createdAt > STALE_MS);
    if (stale.length === 0) return false;
    this.#settle(stale, "failed", "no mail server took it for three days");
    log.error({ team: stale[0]?.entry.team, notices: stale.length }, "notices are given up");
    for (const { entry } of stale) this.#lanes.remove(entry.id);
    return true;
  }

  /** True: settled for good. */
  async #send(batch: readonly Owed<NoticeEntry>[]): Promise<boolean> {
    const { mailer, linkOf, addresses, metrics, log } = this.#deps;
    const first = batch[0]?.entry;
    // All were taken back while they gathered.
    if (first === undefined) return true;
    const { team, rung } = first;
    const to = addresses(team, rung);
    if (mailer === undefined || to.length === 0) {
      this.#settle(batch, "done", this.#whyNot(first));
      return true;
    }
    this.#retry(batch, mailer, "being sent");
    const entries = batch.map(({ entry }) => entry);
    const ids = entries.map(({ id }) => id);
    const mail = { id: stableId("notice", ids), to, ...noticeMail(entries, linkOf) };
    const { outcome, detail, rejected } = await mailer.send(mail, this.#stopped);
    // What is on its way at a stop is repeated after the start.
    if (this.#stopped.aborted && outcome !== "done") return false;
    metrics.count("mails_total", { about: "notice", outcome });
    if (rejected > 0) log.warn({ team, rung, rejected }, "some addresses of a team take no mail");
    if (outcome === "done" || outcome === "refused") {
      this.#settle(batch, outcome === "done" ? "done" : "failed", detail);
      if (outcome === "refused") log.error({ team, rung, reason: detail }, "a notice was refused");
      return true;
    }
    this.#retry(batch, mailer, detail);
    const { attempts } = batch[0] ?? { attempts: 0 };
    log.warn({ team, rung, attempts, outcome, reason: detail }, "a notice is tried again");
    return false;
  }

  #canBeSent({ team, rung }: NoticeEntry): boolean {
    const { mailer, addresses } = this.#deps;
    return mailer !== undefined && addresses(team, rung).length > 0;
  }

  #whyNot({ team, rung }: NoticeEntry): string {
    if (this.#deps.mailer === undefined) return "no mail server is configured";
    return `team ${JSON.stringify(team)} has no address on rung ${rung}`;
  }

  /** One time for all of a mail: by it they are known as one after a restart. */
  #retry(batch: readonly Owed<NoticeEntry>[], mailer: Mailer, error: string): void {
    const { mark, clock } = this.#deps;
    const isTry = error === "being sent";
    const at = clock.now();
    for (const owed of batch) {
      if (isTry) owed.attempts += 1;
      owed.nextAt = at + mailer.retryDelayMs(owed.attempts);
      const { attempts, nextAt } = owed;
      mark(owed.entry.id, { state: "retry", at, attempts, error, nextAt });
    }
  }

  #settle(batch: readonly Owed<NoticeEntry>[], state: "done" | "failed", error: string): void {
    const { mark, clock } = this.#deps;
    for (const { entry, attempts } of batch) {
      mark(entry.id, { state, at: clock.now(), attempts, error, nextAt: 0 });
    }
  }
}
