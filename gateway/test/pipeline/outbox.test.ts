import { describe, expect, test } from "vitest";
import type { OutboxEntry } from "#domain/effects.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { Outbox } from "#pipeline/outbox.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { WebhookSent } from "#ports/webhook-sender.ts";
import { Counted, Lines } from "../support/counted.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { START } from "../support/records.ts";

const item = (entry: OutboxEntry, attempts = 0): OutboxItem => ({ entry, attempts, nextAt: 0 });

const command = (id: string, device = "b1", expiresAt = START + MINUTE_MS): OutboxItem =>
  item({
    kind: "command",
    id,
    device,
    product: "boiler",
    caseId: null,
    command: "cool",
    args: { level: 1 },
    createdAt: START,
    expiresAt,
    counter: 1,
  });

const webhook = (id: string, caseId = "c-1"): OutboxItem =>
  item({
    kind: "webhook",
    id,
    device: "b1",
    caseId,
    type: "case.opened",
    createdAt: START,
    body: "{}",
  });

/** An outbox between a link, a journal and a receiver that the test plays. */
class Bench {
  readonly clock = new ManualClock(START);
  readonly metrics = new Counted();
  readonly log = new Lines();
  readonly ready = new Set<string>();
  readonly sent: string[] = [];
  readonly recorded: string[] = [];
  readonly marks: (OutboxMark & { readonly id: string })[] = [];
  readonly posted: string[] = [];
  answers: WebhookSent[] = [];
  /** Set: sends fail with this. */
  linkDown: string | undefined;
  journalDown: string | undefined;
  /** Set: a send waits until `release` is called. */
  held: (() => void) | undefined;
  holding = false;
  serviceTime = START;
  readonly outbox: Outbox;

  constructor({ webhooks = true }: { webhooks?: boolean } = {}) {
    this.outbox = new Outbox({
      link: {
        isReady: (device) => this.ready.has(device),
        send: (device, _p, _c, bytes) => this.#send(device, bytes),
      },
      webhook: webhooks
        ? { send: async (id) => this.#post(id), retryDelayMs: (n) => n * 10 * SECOND_MS }
        : undefined,
      clock: this.clock,
      log: this.log,
      metrics: this.metrics,
      record: async ({ commandId }) => {
        if (this.journalDown !== undefined) throw new Error(this.journalDown);
        this.recorded.push(commandId);
      },
      mark: (id, mark) => this.marks.push({ id, ...mark }),
      serviceTime: () => this.serviceTime,
    });
  }

  async #send(device: string, bytes: Uint8Array): Promise<void> {
    if (this.linkDown !== undefined) throw new Error(this.linkDown);
    const { id } = JSON.parse(new TextDecoder().decode(bytes)) as { id: string };
    this.sent.push(`${device} ${id}`);
    if (this.holding) await new Promise<void>((resolve) => (this.held = resolve));
  }

  #post(id: string): WebhookSent {
    this.posted.push(id);
    return this.answers.shift() ?? { outcome: "done", detail: "" };
  }
}

describe("commands", () => {
  test("wait until their device is ready and then go out in order, one at a time", async () => {
    const bench = new Bench();
    bench.outbox.add([command("m1"), command("m2"), command("x1", "b2"), command("m1")]);
    await settled();
    expect(bench.sent).toEqual([]);
    expect(bench.outbox.dueNow()).toBe(0);
    bench.holding = true;
    bench.ready.add("b1");
    expect(bench.outbox.dueNow()).toBe(2);
    bench.outbox.ready("b1");
    await settled();
    expect(bench.sent).toEqual(["b1 m1"]);
    expect(bench.recorded).toEqual([]);
    bench.holding = false;
    bench.held?.();
    await settled();
    expect(bench.sent).toEqual(["b1 m1", "b1 m2"]);
    expect(bench.recorded).toEqual(["m1", "m2"]);
    expect(bench.marks.map((m) => `${m.id} ${m.state}`)).toEqual(["m1 done", "m2 done"]);
    expect(bench.outbox.dueNow()).toBe(0);
  });

  test("that are taken back while they wait never go out; the others do", async () => {
    const bench = new Bench();
    bench.outbox.add([command("m1"), command("m2"), command("m3")]);
    bench.outbox.cancel(["m2"]);
    bench.outbox.cancel([]);
    bench.ready.add("b1");
    bench.outbox.ready("b1");
    await settled();
    expect(bench.sent).toEqual(["b1 m1", "b1 m3"]);
  });

  test("that fail are tried again after a rest, in the same order", async () => {
    const bench = new Bench();
    bench.ready.add("b1");
    bench.linkDown = "no PUBACK";
    bench.outbox.add([command("m1"), command("m2")]);
    await settled();
    expect(bench.sent).toEqual([]);
    expect(bench.log.lines).toEqual(["warn an outbox lane rests"]);
    bench.linkDown = undefined;
    await bench.clock.advance(4 * SECOND_MS);
    expect(bench.sent).toEqual([]);
    await bench.clock.advance(2 * SECOND_MS);
    expect(bench.sent).toEqual(["b1 m1", "b1 m2"]);
  });

  test("whose delivery could not be written down are sent again under the same id", async () => {
    const bench = new Bench();
    bench.ready.add("b1");
    bench.journalDown = "disk full";
    bench.outbox.add([command("m1")]);
    await settled();
    expect(bench.marks).toEqual([]);
    bench.journalDown = undefined;
    await bench.clock.advance(6 * SECOND_MS);
    expect(bench.sent).toEqual(["b1 m1", "b1 m1"]);
    expect(bench.recorded).toEqual(["m1"]);
  });

  test("that expired by the service's clock are not sent and hold nothing up", async () => {
    const bench = new Bench();
    bench.serviceTime = START + MINUTE_MS;
    bench.outbox.add([command("m1"), command("m2", "b1", START + 2 * MINUTE_MS)]);
    bench.ready.add("b1");
    bench.outbox.ready("b1");
    await settled();
    expect(bench.sent).toEqual(["b1 m2"]);
    expect(bench.recorded).toEqual(["m2"]);
  });

  test("that are added while the last one is being finished go out too", async () => {
    const bench = new Bench();
    bench.ready.add("b1");
    bench.outbox.add([command("m1")]);
    // At every turn between sending and the worker's leaving.
    for (let i = 2; i < 12; i++) {
      await Promise.resolve();
      bench.outbox.add([command(`m${i}`)]);
    }
    await settled();
    expect(bench.sent).toHaveLength(11);
    expect(bench.outbox.dueNow()).toBe(0);
  });

  test("stay where they are when the outbox stops", async () => {
    const bench = new Bench();
    bench.ready.add("b1");
    bench.linkDown = "gone";
    bench.outbox.add([command("m1")]);
    await settled();
    bench.outbox.stop();
    bench.linkDown = undefined;
    bench.outbox.ready("b1");
    await bench.clock.advance(MINUTE_MS);
    expect(bench.sent).toEqual([]);
  });
});

describe("webhooks", () => {
  test("of one case go out one after the other, those of other cases do not wait", async () => {
    const bench = new Bench();
    bench.answers = [{ outcome: "later", detail: "503" }];
    bench.outbox.add([webhook("w1"), webhook("w2"), webhook("w9", "c-2"), webhook("w1")]);
    await settled();
    expect(bench.posted).toEqual(["w1", "w9"]);
    await bench.clock.advance(10 * SECOND_MS);
    expect(bench.posted).toEqual(["w1", "w9", "w1", "w2"]);
    expect(bench.marks.map((m) => `${m.id} ${m.state} ${m.attempts}`)).toEqual([
      "w1 retry 1",
      "w9 done 1",
      "w1 done 2",
      "w2 done 1",
    ]);
  });

  test("are tried again when the receiver asked for it, and less and less often by themselves", async () => {
    const bench = new Bench();
    bench.answers = [
      { outcome: "later", detail: "429", retryAfterMs: 40 * SECOND_MS },
      { outcome: "later", detail: "503" },
    ];
    bench.outbox.add([webhook("w1")]);
    await settled();
    expect(bench.marks[0]?.nextAt).toBe(START + 40 * SECOND_MS);
    await bench.clock.advance(40 * SECOND_MS);
    expect(bench.marks[1]?.nextAt).toBe(START + 60 * SECOND_MS);
    await bench.clock.advance(20 * SECOND_MS);
    expect(bench.posted).toHaveLength(3);
    expect(bench.metrics.counts.get("webhooks_total later")).toBe(2);
  });

  test.each(["gone", "refused"] as const)(
    "that the receiver calls %s are given up for good and logged",
    async (outcome) => {
      const bench = new Bench();
      bench.answers = [{ outcome, detail: "410 Gone" }];
      bench.outbox.add([webhook("w1"), webhook("w2")]);
      await settled();
      expect(bench.marks.map((m) => `${m.id} ${m.state} ${m.error}`)).toEqual([
        "w1 failed 410 Gone",
        "w2 done ",
      ]);
      expect(bench.log.lines).toContain("error a webhook was refused for good");
      await bench.clock.advance(60 * MINUTE_MS);
      expect(bench.posted).toEqual(["w1", "w2"]);
    },
  );

  test("without a receiver are done at once and say why", async () => {
    const bench = new Bench({ webhooks: false });
    bench.outbox.add([webhook("w1")]);
    await settled();
    expect(bench.marks[0]).toMatchObject({ state: "done", error: "no webhook is configured" });
  });

  test("added to a case whose lane has just emptied go out", async () => {
    const bench = new Bench();
    bench.outbox.add([webhook("w1")]);
    for (let i = 2; i < 12; i++) {
      await Promise.resolve();
      bench.outbox.add([webhook(`w${i}`)]);
    }
    await settled();
    expect(bench.posted).toHaveLength(11);
  });
});
