import { describe, expect, it } from "vitest";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { DigestRunner } from "#pipeline/digest/digest-runner.ts";
import type { DigestMark } from "#ports/digest-marks.ts";
import type { Mail, MailSent } from "#ports/mailer.ts";
import { Counted, Lines } from "../../support/counted.ts";
import { coffee, DUE, rest } from "../../support/digest-samples.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";

const WEEK_MS = 7 * DAY_MS;
const DONE: MailSent = { outcome: "done", detail: "250 OK", rejected: 0 };

/** Teams with a mail server and a disk that the test plays; due every Monday at DUE's time. */
class Bench implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly log = new Lines();
  readonly metrics = new Counted();
  readonly mails: Mail[] = [];
  readonly order: string[] = [];
  readonly marks: Map<string, DigestMark>;
  answers: MailSent[] = [];
  /** Set: composing fails with it. */
  broken = "";
  readonly #due: (() => void)[] = [];
  readonly #runner: DigestRunner;

  constructor(now: EpochMs, marks: ReadonlyMap<string, DigestMark> = new Map()) {
    this.clock = new ManualClock(now);
    this.marks = new Map(marks);
    this.#runner = new DigestRunner({
      teams: [coffee, rest, { ...coffee, name: "Nobody", mail: [] }],
      compose: async ({ name }, dueAt) => {
        if (this.broken !== "") throw new Error(this.broken);
        return { subject: `${name} ${(dueAt - DUE) / WEEK_MS}`, text: "" };
      },
      mailer: {
        send: async (mail) => {
          this.order.push(`mail ${mail.subject}`);
          this.mails.push(mail);
          return this.answers.shift() ?? DONE;
        },
        retryDelayMs: () => HOUR_MS,
      },
      marks: {
        of: (team) => this.marks.get(team),
        put: async (team, mark) => {
          this.order.push(`mark ${mark.state}`);
          this.marks.set(team, mark);
        },
      },
      schedules: {
        lastDue: (_, at, within) => lastDue(at, within),
        start: (_, onDue) => {
          this.#due.push(onDue);
          return { [Symbol.dispose]: () => void this.#due.splice(this.#due.indexOf(onDue), 1) };
        },
      },
      clock: this.clock,
      log: this.log,
      metrics: this.metrics,
    });
  }

  async start(): Promise<this> {
    this.#runner.start();
    await settled();
    return this;
  }

  /** Time passes up to `at`, and schedules fire. */
  async until(at: EpochMs, early = 0): Promise<void> {
    await this.clock.advance(at - early - this.clock.now());
    for (const onDue of this.#due) onDue();
    await settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]();
  }

  get subjects(): readonly string[] {
    return this.mails.map(({ subject }) => subject);
  }
}

function lastDue(at: EpochMs, within: DurationMs): EpochMs | undefined {
  const due = DUE + Math.floor((at - DUE) / WEEK_MS) * WEEK_MS;
  return at - due < within ? due : undefined;
}

const mark = (over: Partial<DigestMark> = {}): ReadonlyMap<string, DigestMark> =>
  new Map([["Coffee", { dueAt: DUE - WEEK_MS, state: "sent", at: 0, detail: "", ...over }]]);

describe("a digest", () => {
  it("goes to the team itself when it falls due, each week once", async () => {
    await using bench = await new Bench(DUE - DAY_MS, mark()).start();
    expect(bench.mails).toEqual([]);
    await bench.until(DUE);
    await bench.until(DUE + MINUTE_MS);
    expect(bench.subjects).toEqual(["Coffee 0"]);
    expect(bench.mails[0]?.to).toEqual(["ann@example.com"]);
    await bench.until(DUE + WEEK_MS);
    expect(bench.subjects).toEqual(["Coffee 0", "Coffee 1"]);
    expect(bench.mails[0]?.id).not.toBe(bench.mails[1]?.id);
    expect(bench.metrics.counts.get("mails_total digest done")).toBe(2);
  });

  it("goes out although the timer fired a little early", async () => {
    await using bench = await new Bench(DUE - DAY_MS, mark()).start();
    await bench.until(DUE, 3);
    expect(bench.subjects).toEqual(["Coffee 0"]);
  });

  it("that was missed while the gateway was down is made up within a day, once, and not later", async () => {
    await using late = await new Bench(DUE + 20 * HOUR_MS, mark()).start();
    expect(late.subjects).toEqual(["Coffee 0"]);
    await using again = await new Bench(DUE + 21 * HOUR_MS, late.marks).start();
    expect(again.mails).toEqual([]);
    await using tooLate = await new Bench(DUE + 25 * HOUR_MS, mark()).start();
    expect(tooLate.mails).toEqual([]);
  });

  it("of a time before the team had one is not made up, the next one comes", async () => {
    await using bench = await new Bench(DUE + HOUR_MS).start();
    expect(bench.mails).toEqual([]);
    await bench.until(DUE + WEEK_MS);
    expect(bench.subjects).toEqual(["Coffee 1"]);
  });

  it("is marked before it is sent, so that a crash in between never sends it twice", async () => {
    await using bench = await new Bench(DUE, mark()).start();
    expect(bench.order).toEqual(["mark sending", "mail Coffee 0", "mark sent"]);
    await using crashed = await new Bench(
      DUE + MINUTE_MS,
      mark({ dueAt: DUE, state: "sending" }),
    ).start();
    expect(crashed.mails).toEqual([]);
    expect(crashed.log.lines).toContainEqual(
      expect.stringContaining("it is not known whether the last digest of a team was sent"),
    );
  });

  it("that the server did not take is tried again, also after a restart, as the same mail", async () => {
    await using bench = new Bench(DUE, mark());
    bench.answers = [{ outcome: "later", detail: "450", rejected: 0 }];
    await bench.start();
    expect(bench.marks.get("Coffee")?.state).toBe("owed");
    await using again = await new Bench(DUE + 2 * HOUR_MS, bench.marks).start();
    expect(again.mails[0]).toEqual(bench.mails[0]);
    await bench.clock.advance(HOUR_MS);
    expect(bench.subjects).toEqual(["Coffee 0", "Coffee 0"]);
    expect(bench.marks.get("Coffee")?.state).toBe("sent");
  });

  it("is given up after a day, and the next one comes", async () => {
    await using bench = new Bench(DUE, mark());
    bench.answers = Array.from({ length: 500 }, () => ({ ...DONE, outcome: "later" as const }));
    await bench.start();
    await bench.clock.advance(3 * DAY_MS);
    const tries = bench.mails.length;
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(27);
    bench.answers = [];
    await bench.until(DUE + WEEK_MS);
    expect(bench.subjects.at(-1)).toBe("Coffee 1");
  });

  it.each([
    ["refused", "failed", "error a digest was refused"],
    ["unknown", "sent", "warn a digest was handed over without an answer"],
  ] as const)("with outcome %s is settled and not sent again", async (outcome, state, line) => {
    await using bench = new Bench(DUE, mark());
    bench.answers = [{ outcome, detail: "", rejected: 0 }];
    await bench.start();
    await bench.until(DUE + HOUR_MS);
    expect(bench.mails).toHaveLength(1);
    expect(bench.marks.get("Coffee")?.state).toBe(state);
    expect(bench.log.lines).toContain(line);
  });

  it("that cannot be composed is tried again in an hour and holds nothing up", async () => {
    await using bench = new Bench(DUE, mark());
    bench.broken = "the file of cases cannot be read";
    await bench.start();
    expect(bench.log.lines).toContain("error a digest could not be made");
    bench.broken = "";
    await bench.clock.advance(HOUR_MS);
    expect(bench.subjects).toEqual(["Coffee 0"]);
  });

  it("falls due twice when clocks go back, and is sent once", async () => {
    await using bench = await new Bench(DUE, mark({ dueAt: DUE - HOUR_MS })).start();
    expect(bench.mails).toEqual([]);
  });

  it("without an address goes to nobody, and the log says so", async () => {
    await using bench = await new Bench(DUE - DAY_MS, mark()).start();
    expect(bench.log.lines).toEqual(["warn a team has a digest and no address: nobody gets it"]);
  });

  it("ends with the gateway", async () => {
    const bench = await new Bench(DUE - DAY_MS, mark()).start();
    await bench[Symbol.asyncDispose]();
    await bench.until(DUE);
    expect(bench.mails).toEqual([]);
  });
});
