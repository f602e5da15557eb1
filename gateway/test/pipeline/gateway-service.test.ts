import { describe, expect, test } from "vitest";
import type { ActionAnswer } from "#domain/effects.ts";
import type { JournalRecord } from "#domain/record.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import { GatewayService } from "#pipeline/gateway-service.ts";
import type { Change } from "#ports/gateway-api.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "../support/boiler-ruleset.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { registered, START } from "../support/records.ts";

const compiled = compileRuleset({ hash: "h1", products: [BOILER_PRODUCT], rules: [BOILER_RULES] });
if (!compiled.ok) throw new Error("the test ruleset does not compile");
const { ruleset } = compiled;

const done: ActionAnswer = { ok: true, id: "c-1" };

function bench() {
  const clock = new ManualClock(START);
  const written: Partial<JournalRecord>[] = [];
  const secrets: string[] = [];
  let ids = 0;
  const service = new GatewayService({
    ingress: { append: async (record) => written.push(record as Partial<JournalRecord>) },
    ruleset,
    clock,
    version: "1.0.0",
    newId: () => `id-${++ids}`,
    issueSecret: async (device) => {
      secrets.push(device);
      return `secret of ${device}`;
    },
    stored: async () => 4,
    newest: () => 9,
    outboxDue: () => 2,
    metricsText: async () => "up 1",
  });
  const report = (
    answers: DecideReport["answers"],
    changes: readonly Change[] = [],
    stopped: DecideReport["stopped"] = [],
  ): void =>
    service.take({
      applied: 7,
      saved: 5,
      caughtUp: true,
      answers,
      outbox: [],
      cancelled: [],
      changes,
      counts: [],
      quarantined: [],
      stopped,
      readingToCaseMs: [],
      serviceTime: START,
      clock: "live",
      deadline: null,
    });
  return { clock, service, written, secrets, report };
}

const acknowledge = { name: "acknowledge", caseId: "c-1" } as const;

describe("an action", () => {
  test("answers when its record is applied, not before", async () => {
    const { service, report, written } = bench();
    let answered: ActionAnswer | undefined;
    const asked = service.act(acknowledge, "anna").then((answer) => {
      answered = answer;
    });
    await settled();
    expect(written[0]).toMatchObject({ kind: "action", id: "id-1", by: "anna" });
    report([{ offset: 2, answer: done }]);
    await settled();
    expect(answered).toBeUndefined();
    report([{ offset: 1, answer: done }]);
    await asked;
    expect(answered).toEqual(done);
  });

  test("answers too when the deciding side was faster than the journal's reply", async () => {
    const { service, report } = bench();
    report([{ offset: 1, answer: done }]);
    expect(await service.act(acknowledge, "anna")).toEqual(done);
  });

  test("keeps people's idempotency keys apart", async () => {
    const { service, report, written } = bench();
    report([1, 2].map((offset) => ({ offset, answer: done })));
    await service.act(acknowledge, "anna", "k");
    await service.act(acknowledge, "bert", "k");
    expect(written).toMatchObject([{ id: "anna/k" }, { id: "bert/k" }]);
  });

  test("that takes too long says that it is recorded; a later answer disturbs nobody", async () => {
    const { service, report, clock } = bench();
    const asked = service.act(acknowledge, "anna");
    await settled();
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ ok: false, status: 409 });
    report([{ offset: 1, answer: done }]);
    expect(clock.nextWake).toBeUndefined();
  });

  test("leaves no timer behind", async () => {
    const { service, report, clock } = bench();
    const asked = service.act(acknowledge, "anna");
    await settled();
    report([{ offset: 1, answer: done }]);
    await asked;
    expect(clock.nextWake).toBeUndefined();
  });
});

describe("registering a device", () => {
  test("gives its secret after the record is applied", async () => {
    const { service, report, secrets } = bench();
    const asked = service.putDevice(registered("b9"), "anna");
    await settled();
    expect(secrets).toEqual([]);
    report([{ offset: 1, answer: { ok: true, id: "b9" } }]);
    expect(await asked).toEqual({ answer: { ok: true, id: "b9" }, secret: "secret of b9" });
  });

  test("of an unknown product is refused before anything is written", async () => {
    const { service, written, secrets } = bench();
    const { answer, secret } = await service.putDevice(
      registered("b9", { product: "toaster" }),
      "anna",
    );
    expect(answer).toMatchObject({ ok: false, status: 422 });
    expect(JSON.stringify(answer)).toContain("boiler");
    expect([secret, written, secrets]).toEqual(["", [], []]);
  });
});

describe("health", () => {
  test("is degraded only while something is wrong and the gateway is up", async () => {
    const { service, report } = bench();
    expect((await service.health()).status).toBe("starting");
    service.degraded("journal", "The journal takes no records: disk full");
    expect(await service.health()).toMatchObject({ status: "starting" });
    service.setStatus("ok");
    const wrong = await service.health();
    expect(wrong).toMatchObject({
      status: "degraded",
      ready: false,
      reasons: ["The journal takes no records: disk full"],
    });
    service.degraded("journal", undefined);
    report([]);
    expect(await service.health()).toEqual({
      status: "ok",
      reasons: [],
      ready: true,
      version: "1.0.0",
      clock: "live",
      serviceTime: START,
      journal: { newest: 9, decided: 7, stored: 4 },
      outboxDue: 2,
    });
    service.setStatus("stopping");
    expect((await service.health()).status).toBe("stopping");
  });
});

test("listeners hear of changes until they stop", () => {
  const { service, report } = bench();
  const heard: string[] = [];
  const subscription = service.onChange(({ id }) => heard.push(id));
  const change = { kind: "case", id: "c-1", summary: "open acting" } as const;
  report([], [change]);
  subscription[Symbol.dispose]();
  report([], [change]);
  expect(heard).toEqual(["c-1"]);
});

test("the rules and products in force are told from the ruleset", () => {
  const { service } = bench();
  expect(service.rules().map((r) => r.id)).toContain("too-hot");
  expect(service.products().map((p) => p.id)).toEqual(["boiler"]);
});

test("a rule that failed is shown with the reason; the service is degraded and goes on", async () => {
  const { service, report } = bench();
  service.setStatus("ok");
  const stop = {
    product: "boiler",
    rule: "too-hot",
    at: START,
    offset: 6,
    device: "b1",
    reason: "RangeError: no",
    definition: "r-1",
  };
  report([], [], [stop]);
  const shown = service.rules().map(({ id, stopped }) => [id, stopped]);
  const { at, offset, device, reason } = stop;
  expect(shown[0]).toEqual(["too-hot", { at, offset, device, reason }]);
  expect(shown.slice(1).every(([, stopped]) => stopped === null)).toBe(true);
  const health = await service.health();
  expect(health).toMatchObject({ status: "degraded", ready: true });
  expect(health.reasons[0]).toContain("boiler/too-hot failed on record 6 of b1");
  report([]);
  expect((await service.health()).status).toBe("ok");
});
