import { describe, expect, test } from "vitest";
import type { ServiceTargets } from "#domain/case/case.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { CaseRequest, JournalRecord } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { Fleet, FleetRig } from "../../support/fleet.ts";
import { answer, measured, minute } from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

/** The first of June 2026 is a Monday. */
const at = (hours: number): number => START + hours * HOUR_MS;

const SERVICE = `
teams:
  Care: { products: all, mail: [[care@example.com]] }
calendars:
  office:
    timeZone: UTC
    hours: { mon: "08:00-16:00", tue: "08:00-16:00", wed: "08:00-16:00", thu: "08:00-16:00", fri: "08:00-16:00" }
  always: { timeZone: UTC, hours: always }
levels:
  - { name: gold, contract: gold, firstResponse: 1h, solution: 10h, calendar: always }
  - { name: standard, firstResponse: 2h, solution: 2d, calendar: office, warnAt: 0.5 }
`;

const kettles = (contract = "", service = SERVICE): FleetRig =>
  new FleetRig(3, () => (contract === "" ? {} : { contract }), service);

const targets = (rig: FleetRig): ServiceTargets => {
  const found = rig.case("k0").targets;
  if (found === undefined) throw new Error("no targets");
  return found;
};

const due = ({ firstResponse, solution }: ServiceTargets): readonly string[] =>
  [firstResponse.dueAt, solution.dueAt].map((t) => new Date(t).toISOString().slice(5, 16));

describe("a case that needs a person at once", () => {
  test("has its targets by the device's contract, on the calendar of their level", () => {
    const standard = kettles();
    standard.breaks("k0", at(15));
    expect(targets(standard)).toMatchObject({ level: "standard", team: "Care" });
    // Opened at 15:00: an hour is left of Monday, and two working days end on Wednesday at 15:00.
    expect(due(targets(standard))).toEqual(["06-02T09:00", "06-03T15:00"]);
    expect(targets(standard).paused).toBeUndefined();
    const gold = kettles("gold");
    gold.breaks("k0", at(15));
    expect(targets(gold).level).toBe("gold");
    expect(due(targets(gold))).toEqual(["06-01T16:00", "06-02T01:00"]);
  });

  test("has none where nothing is promised", () => {
    const rig = kettles("", "");
    rig.breaks("k0", at(9));
    expect(rig.case("k0").targets).toBeUndefined();
    expect(rig.engine.nextDeadline()).toBeUndefined();
  });

  test("is answered by an agent's first act, and solved by its end", () => {
    const rig = kettles();
    rig.breaks("k0", at(9));
    const caseId = rig.case("k0").id;
    rig.asks({ name: "comment", caseId, comment: "Ordered." }, at(9.9));
    rig.asks({ name: "acknowledge", caseId }, at(10.5));
    expect(targets(rig).firstResponse.metAt).toBe(at(9.9));
    rig.mends("k0", at(20));
    rig.asks({ name: "resolve", caseId, comment: "" }, at(21));
    expect(targets(rig).solution).toMatchObject({ metAt: at(21), breachedAt: null });
    expect(rig.lines(caseId).filter((k) => k === "target_met")).toHaveLength(2);
    rig.until(at(500));
    expect(rig.notices).toEqual([]);
  });

  test("warns the team, then tells the next rung of the breach, and once more the one above", () => {
    const rig = kettles();
    rig.breaks("k0", at(9));
    rig.until(at(16));
    const told = rig.notices.map((n) => [n.about, n.rung, n.team, (n.createdAt - START) / HOUR_MS]);
    expect(told).toEqual([
      ["target_warning", 0, "Care", 10],
      ["target_breached", 1, "Care", 11],
      ["target_breached", 2, "Care", 12],
    ]);
    expect(rig.notices[0]?.subject).toBe(
      "First response is due at 2026-06-01T11:00:00.000Z: The kettle is broken: k0 (kettle)",
    );
    expect(targets(rig).firstResponse).toMatchObject({ breachedAt: at(11), metAt: null });
    expect(rig.lines(rig.case("k0").id).slice(-2)).toEqual(["target_warning", "target_breached"]);
    rig.asks({ name: "acknowledge", caseId: rig.case("k0").id }, at(16));
    expect(targets(rig).firstResponse).toMatchObject({ breachedAt: at(11), metAt: at(16) });
    expect(rig.kindsOf("target_met")).toBe(0);
    rig.until(at(24 * 7));
    // The solution: warned at half of it, breached, told once more; and then quiet.
    expect(rig.notices.slice(3).map((n) => [n.rung, (n.createdAt - START) / HOUR_MS])).toEqual([
      [0, 24 + 9],
      [1, 48 + 9],
      [2, 72 + 9],
    ]);
    expect(new Set(rig.notices.map((n) => n.id)).size).toBe(6);
  });

  test("opened again it has a new solution target by what holds then; who answered once has answered", () => {
    const rig = kettles();
    rig.breaks("k0", at(9));
    const caseId = rig.case("k0").id;
    rig.asks({ name: "acknowledge", caseId }, at(9.5));
    rig.mends("k0", at(10));
    rig.asks({ name: "resolve", caseId, comment: "" }, at(10));
    rig.play(Fleet.put("k0", { contract: "gold" }, at(11)));
    rig.breaks("k0", at(12));
    expect(rig.case("k0")).toMatchObject({ id: caseId, status: "open" });
    expect(targets(rig)).toMatchObject({ level: "gold", firstResponse: { metAt: at(9.5) } });
    expect(targets(rig).solution).toMatchObject({ dueAt: at(22), metAt: null });
  });

  test("a change of the contract or of the file does not touch clocks that run", () => {
    const rig = kettles();
    rig.breaks("k0", at(9));
    const before = targets(rig);
    rig.play(Fleet.put("k0", { contract: "gold" }, at(9.1)));
    const text = SERVICE.replace("firstResponse: 2h", "firstResponse: 1h");
    const config = { kind: "config", appendedAt: at(9.2), clock: "live" } as const;
    rig.play({ ...config, service: { path: "s.yaml", text } });
    rig.play({ ...config, appendedAt: at(9.3) });
    expect(targets(rig)).toEqual(before);
    rig.until(at(12));
    expect(rig.notices).toHaveLength(3);
  });

  test("of a problem's cases the first warning and the first breach speak for all", () => {
    const rig = new FleetRig(200, (i) => ({ batch: i < 20 ? "7" : "8" }), SERVICE);
    for (let i = 0; i < 6; i++) rig.breaks(`k${i}`, at(9) + i * MINUTE_MS);
    const [problem] = rig.problems;
    rig.until(at(16));
    expect(rig.notices.map((n) => [n.about, n.rung, n.caseId])).toEqual([
      ["problem_opened", 0, problem?.id],
      ["target_warning", 0, problem?.id],
      ["target_breached", 1, problem?.id],
      ["target_breached", 2, problem?.id],
    ]);
    expect(rig.kindsOf("target_breached")).toBe(6);
  });

  test("what came due while the gateway was down is told at its start, in order", () => {
    const rig = kettles();
    rig.breaks("k0", at(9));
    const started = { kind: "service", event: "started", reason: "" } as const;
    rig.play({ ...started, appendedAt: at(15), lastAliveAt: at(9) });
    expect(rig.notices.map((n) => n.rung)).toEqual([0, 1, 2]);
    expect(targets(rig).firstResponse.breachedAt).toBe(at(11));
  });
});

describe("while the gateway acts by itself", () => {
  const boiler = (file = SERVICE): EngineRig => {
    const rig = new EngineRig();
    const [config, ...rest] = head();
    rig.apply({ ...config, service: { path: "s.yaml", text: file } } as JournalRecord, ...rest);
    return rig;
  };
  const hot = (rig: EngineRig, from: number, until = from + 3): void => {
    for (let n = from; n < until; n++) {
      const values = { temp: 150, state: "on" };
      rig.apply(measured({ boot: 1, seq: n + 1, ts: minute(n) }, values, { at: minute(n) }));
    }
  };

  test("the clocks stand still; they run when a person is needed, and stop again at the end", () => {
    const rig = boiler();
    hot(rig, 9 * 60);
    const opened = rig.caseOf("too-hot");
    expect(opened).toMatchObject({ stage: "acting", targets: { paused: true, level: "standard" } });
    rig.apply({ kind: "tick", appendedAt: at(9.1) });
    for (let step = 0; step < 2; step++) {
      rig.apply(answer(rig.commands[step]?.id ?? "", "rejected", { at: minute(9 * 60 + 10) }));
    }
    const escalated = rig.caseOf("too-hot");
    expect(escalated).toMatchObject({ stage: "escalated" });
    expect(escalated.targets?.paused).toBeUndefined();
    expect(escalated.targets?.firstResponse.dueAt).toBe(minute(9 * 60 + 10) + 2 * HOUR_MS);
  });

  test("a case that it solves alone met both targets, and nobody is told", () => {
    const rig = boiler();
    hot(rig, 9 * 60);
    for (let n = 9 * 60 + 3; n < 9 * 60 + 12; n++) {
      const values = { temp: 80, state: "on" };
      rig.apply(measured({ boot: 1, seq: n + 1, ts: minute(n) }, values, { at: minute(n) }));
    }
    const { id, status, targets: met } = rig.caseOf("too-hot");
    expect(status).toBe("resolved");
    expect(met?.firstResponse.metAt).toBe(met?.solution.metAt);
    const lines = rig.events.filter((e) => e.caseId === id).map((e) => e.kind);
    expect(lines.filter((k) => k.startsWith("target_"))).toEqual([]);
    expect(rig.notices.filter((n) => n.caseId === id)).toEqual([]);
  });
});

describe("in the decision state", () => {
  const records = (): readonly JournalRecord[] => {
    const fleet = new Fleet();
    const act = (
      id: string,
      action: Omit<CaseRequest, "caseId">,
      time: EpochMs,
    ): JournalRecord => ({
      kind: "action",
      appendedAt: time,
      id,
      by: "anna",
      action: { ...action, caseId } as CaseRequest,
    });
    const start = [...Fleet.head(SERVICE), Fleet.put("k0", {}), fleet.event("k0", "broke", at(9))];
    const engine = new Engine();
    for (const [i, record] of start.entries()) engine.apply(i + 1, record);
    const caseId = engine.takeViews({ devices: false }).cases[0]?.id ?? "";
    return [
      ...start,
      { kind: "tick", appendedAt: at(10.5) },
      act("a1", { name: "acknowledge" }, at(10.7)),
      { kind: "tick", appendedAt: at(60) },
      fleet.event("k0", "mended", at(61)),
      act("a2", { name: "resolve", comment: "" } as Omit<CaseRequest, "caseId">, at(62)),
      fleet.event("k0", "broke", at(70)),
      { kind: "tick", appendedAt: at(400) },
    ];
  };

  test("from a snapshot anywhere the same is told", () => {
    const whole = records();
    const outcome = (engine: Engine, from: number): readonly string[] =>
      whole
        .slice(from)
        .map((record, i) => JSON.stringify(engine.apply(from + i + 1, record) ?? null));
    const expected = outcome(new Engine(), 0);
    expect(expected.join("\n")).toContain("target_breached");
    const live = new Engine();
    const saved = new Map<string, string | undefined>();
    whole.forEach((record, i) => {
      live.apply(i + 1, record);
      for (const { key, value } of live.takeUnsaved()) saved.set(key, value);
      const restored = new Engine([...saved].map(([key, value]) => ({ key, value })));
      expect(outcome(restored, i + 1)).toEqual(expected.slice(i + 1));
    });
  });

  test("the service file is saved once, and the same file again changes nothing", () => {
    const rig = kettles();
    rig.engine.takeUnsaved();
    const config = { kind: "config", appendedAt: at(1), clock: "live" } as const;
    rig.play({ ...config, service: { path: "service.yaml", text: SERVICE } });
    expect(rig.engine.takeUnsaved().map(({ key }) => key)).not.toContain("levels");
    rig.play({ ...config, service: { path: "service.yaml", text: `${SERVICE} ` } });
    expect(rig.engine.takeUnsaved().map(({ key }) => key)).toContain("levels");
    rig.play(config);
    expect(rig.engine.takeUnsaved()).toContainEqual({ key: "levels", value: undefined });
  });

  test("a file that a later build no longer reads changes nothing, and stops nothing", () => {
    const rig = kettles();
    const config = { kind: "config", appendedAt: at(1), clock: "live" } as const;
    rig.play({ ...config, service: { path: "service.yaml", text: "teams: 3" } });
    rig.breaks("k0", at(9));
    expect(targets(rig).level).toBe("standard");
  });
});
