import { describe, expect, test } from "vitest";
import type { OutboxEntry } from "#domain/effects.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { Outbox } from "#pipeline/outbox.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { Mail, MailSent } from "#ports/mailer.ts";
import type { WebhookSent } from "#ports/webhook-sender.ts";
import { Counted, Lines } from "../support/counted.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { START } from "../support/records.ts";

type NoticeEntry = Extract<OutboxEntry, { kind: "notice" }>;

const notice = (id: string, over: Partial<NoticeEntry> = {}): OutboxItem => ({
  entry: {
    kind: "notice",
    id,
    device: "b1",
    caseId: `case-${id}`,
    team: "coffee",
    rung: 0,
    about: "target_warning",
    createdAt: START,
    subject: `First response of ${id} is due`,
    text: "The boiler runs too hot & nobody has it.",
    ...over,
  },
  attempts: 0,
  nextAt: 0,
});

const webhook = (id: string, over: Partial<OutboxItem> = {}): OutboxItem => ({
  entry: {
    kind: "webhook",
    id,
    device: "b1",
    caseId: "c-1",
    type: "case.opened",
    createdAt: START,
    body: "{}",
  },
  attempts: 0,
  nextAt: 0,
  ...over,
});

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "coffee/0": ["ann@example.com", "bob@example.com"],
  "coffee/1": ["chief@example.com"],
  "heat/0": ["hal@example.com"],
};
const LATER = { outcome: "later", detail: "450 greylisted", rejected: 0 } as const;

/** An outbox between a mail server and a store that the test plays. */
class Bench {
  readonly clock: ManualClock;
  readonly metrics = new Counted();
  readonly log = new Lines();
  readonly mails: Mail[] = [];
  readonly posted: string[] = [];
  readonly owed: Map<string, OutboxItem>;
  readonly marks: (OutboxMark & { readonly id: string })[] = [];
  answers: MailSent[] = [];
  webhookAnswers: WebhookSent[] = [];
  readonly outbox: Outbox;

  constructor(over: { mail?: boolean; now?: number; owed?: readonly OutboxItem[] } = {}) {
    this.clock = new ManualClock(over.now ?? START);
    this.owed = new Map(over.owed?.map((item) => [item.entry.id, item]));
    this.outbox = new Outbox({
      link: { isReady: () => false, send: async () => undefined },
      webhook: {
        send: async (id) => {
          this.posted.push(id);
          return this.webhookAnswers.shift() ?? { outcome: "done", detail: "" };
        },
        retryDelayMs: () => 10 * MINUTE_MS,
      },
      notices: {
        mailer:
          over.mail === false
            ? undefined
            : { send: async (mail) => this.#send(mail), retryDelayMs: (n) => n * 5 * MINUTE_MS },
        addresses: (team, rung) => ADDRESSES[`${team}/${rung}`] ?? [],
        linkOf: ({ caseId }) => `https://gateway.example/cases/${caseId}`,
      },
      clock: this.clock,
      log: this.log,
      metrics: this.metrics,
      record: async () => undefined,
      mark: (id, mark) => this.#mark(id, mark),
      serviceTime: () => this.clock.now(),
    });
    this.outbox.add([...this.owed.values()]);
  }

  /** The same store under a new process. */
  restarted(after: number): Bench {
    this.outbox.stop();
    return new Bench({ now: this.clock.now() + after, owed: [...this.owed.values()] });
  }

  add(...items: readonly OutboxItem[]): void {
    for (const item of items) this.owed.set(item.entry.id, item);
    this.outbox.add(items);
  }

  #send(mail: Mail): MailSent {
    this.mails.push(mail);
    return this.answers.shift() ?? { outcome: "done", detail: "250 OK", rejected: 0 };
  }

  #mark(id: string, mark: OutboxMark): void {
    this.marks.push({ id, ...mark });
    const item = this.owed.get(id);
    if (item === undefined) return;
    if (mark.state === "retry") this.owed.set(id, { ...item, ...mark });
    else this.owed.delete(id);
  }

  /** Newest mark of each entry. */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.marks.map(({ id, state, error }) => [id, `${state}: ${error}`]));
  }
}

describe("notices", () => {
  test("to one team within a minute are one mail, with a line and a link for each", async () => {
    const bench = new Bench();
    bench.add(notice("n1"));
    await bench.clock.advance(30 * SECOND_MS);
    bench.add(notice("n2"), notice("h1", { team: "heat" }), notice("n3", { rung: 1 }));
    await bench.clock.advance(29 * SECOND_MS);
    expect(bench.mails).toEqual([]);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(bench.mails.map(({ to, subject }) => [to.length, subject])).toEqual([
      [2, "First response of n1 is due (and 1 more)"],
      [1, "First response of h1 is due"],
      [1, "First response of n3 is due"],
    ]);
    const [mail] = bench.mails;
    expect(mail?.text).toContain("https://gateway.example/cases/case-n2");
    expect(mail?.text).toContain("too hot & nobody");
    expect(mail?.html).toContain('href="https://gateway.example/cases/case-n1"');
    expect(mail?.html).toContain("too hot &amp; nobody");
    expect(bench.owed.size).toBe(0);
    expect(bench.metrics.counts.get("mails_total notice done")).toBe(3);
  });

  test("that come later are the next mail, and a crowd is several", async () => {
    const bench = new Bench();
    bench.add(...Array.from({ length: 51 }, (_, n) => notice(`n${n}`)));
    await bench.clock.advance(3 * MINUTE_MS);
    expect(bench.mails.map(({ subject }) => subject)).toEqual([
      "First response of n0 is due (and 49 more)",
      "First response of n50 is due",
    ]);
  });

  test("are tried again as the same mail, while new ones wait for the next", async () => {
    const bench = new Bench();
    bench.answers = [LATER, { ...LATER, outcome: "unknown" }];
    bench.add(notice("n1"), notice("n2"));
    await bench.clock.advance(MINUTE_MS);
    bench.add(notice("n3"));
    await bench.clock.advance(4 * MINUTE_MS);
    expect(bench.mails).toHaveLength(1);
    await bench.clock.advance(HOUR_MS);
    const ids = bench.mails.map(({ id }) => id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[3]).not.toBe(ids[0]);
    expect(bench.states()).toMatchObject({ n1: "done: 250 OK", n3: "done: 250 OK" });
  });

  test("that a crash caught while they were sent are sent again as the same mail after it", async () => {
    const bench = new Bench();
    bench.answers = [LATER];
    bench.add(notice("n1"), notice("n2"));
    await bench.clock.advance(MINUTE_MS);
    const [first] = bench.mails;
    const again = bench.restarted(2 * MINUTE_MS);
    again.add(notice("n3"));
    await again.clock.advance(2 * MINUTE_MS);
    expect(again.mails).toEqual([]);
    await again.clock.advance(10 * MINUTE_MS);
    expect(again.mails[0]).toEqual(first);
    expect(again.mails[1]?.subject).toBe("First response of n3 is due");
  });

  test("that the server refuses are given up and logged without an address", async () => {
    const bench = new Bench();
    bench.answers = [{ outcome: "refused", detail: "550 no", rejected: 0 }];
    bench.add(notice("n1"));
    await bench.clock.advance(DAY_MS);
    expect(bench.states()).toEqual({ n1: "failed: 550 no" });
    expect(bench.mails).toHaveLength(1);
    expect(bench.log.lines).toEqual(["error a notice was refused"]);
  });

  test("of which some addresses are wrong are done, and the log says how many", async () => {
    const bench = new Bench();
    bench.answers = [{ outcome: "done", detail: "250", rejected: 1 }];
    bench.add(notice("n1"));
    await bench.clock.advance(MINUTE_MS);
    expect(bench.states()).toEqual({ n1: "done: 250" });
    expect(bench.log.lines).toEqual(["warn some addresses of a team take no mail"]);
  });

  test("are done with the reason when there is no mail server or nobody to write to", async () => {
    const off = new Bench({ mail: false });
    off.add(notice("n1"));
    await settled();
    expect(off.states()).toEqual({ n1: "done: no mail server is configured" });
    const nobody = new Bench();
    nobody.add(notice("n1", { rung: 7 }), notice("n2", { team: "gone" }));
    await settled();
    expect(nobody.states()).toEqual({
      n1: 'done: team "coffee" has no address on rung 7',
      n2: 'done: team "gone" has no address on rung 0',
    });
    expect(nobody.outbox.dueNow()).toBe(0);
  });

  test("that no server took for three days are given up; younger ones go on", async () => {
    const bench = new Bench();
    bench.answers = Array.from({ length: 1_000 }, () => LATER);
    bench.add(notice("n1"));
    await bench.clock.advance(4 * DAY_MS);
    expect(bench.states()).toEqual({ n1: "failed: no mail server took it for three days" });
    bench.answers = [];
    bench.add(notice("old"), notice("new", { createdAt: bench.clock.now() }));
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.states()).toMatchObject({
      old: "failed: no mail server took it for three days",
      new: "done: 250 OK",
    });
  });

  test("that are taken back while they gather are not sent", async () => {
    const bench = new Bench();
    bench.add(notice("n1"), notice("n2"));
    bench.outbox.cancel(["n1"]);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(bench.mails.map(({ subject }) => subject)).toEqual(["First response of n2 is due"]);
  });

  test("stay owed when the outbox stops", async () => {
    const bench = new Bench();
    bench.add(notice("n1"));
    bench.outbox.stop();
    await bench.clock.advance(HOUR_MS);
    expect(bench.mails).toEqual([]);
    expect(bench.owed.size).toBe(1);
  });
});

describe("after a restart", () => {
  test("a webhook is not tried before its time, and those of its case wait behind it", async () => {
    const bench = new Bench();
    bench.webhookAnswers = [{ outcome: "later", detail: "503" }];
    bench.add(webhook("w1"), webhook("w2"));
    await settled();
    const again = bench.restarted(MINUTE_MS);
    await settled();
    expect(again.posted).toEqual([]);
    await again.clock.advance(8 * MINUTE_MS);
    expect(again.posted).toEqual([]);
    await again.clock.advance(2 * MINUTE_MS);
    expect(again.posted).toEqual(["w1", "w2"]);
    expect(again.marks[0]).toMatchObject({ id: "w1", state: "done", attempts: 2 });
  });

  test("on a clock that was set back, a webhook waits a day at most", async () => {
    const bench = new Bench({
      owed: [webhook("w1", { attempts: 1, nextAt: START + 90 * DAY_MS })],
    });
    await bench.clock.advance(DAY_MS);
    expect(bench.posted).toEqual(["w1"]);
  });
});
