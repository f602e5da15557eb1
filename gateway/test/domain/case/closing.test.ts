import { describe, expect, test } from "vitest";
import type { CaseView } from "#domain/case/case.ts";
import type { CaseRequest } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { FleetRig } from "../../support/fleet.ts";
import { START } from "../../support/records.ts";

const at = (hours: number): number => START + hours * HOUR_MS;
type WithoutCase<T> = T extends { readonly caseId: string } ? Omit<T, "caseId"> : never;

/** One kettle that broke at hour 0. */
class Broken extends FleetRig {
  readonly id: string;

  constructor() {
    super(1);
    this.breaks("k0", at(0));
    this.id = this.case("k0").id;
  }

  asksOfCase(action: WithoutCase<CaseRequest>, hours: number): void {
    this.asks({ ...action, caseId: this.id } as CaseRequest, at(hours));
  }

  /** It is heard of, without any news of its trouble. */
  beeps(hours: number): void {
    this.play(this.fleet.event("k0", "beeped", at(hours)));
  }

  get first(): CaseView {
    const found = this.cases.find(({ id }) => id === this.id);
    if (found === undefined) throw new Error("the case is gone");
    return found;
  }

  get broken(): readonly CaseView[] {
    return this.cases.filter(({ rule }) => rule === "broken");
  }
}

describe("closing a case as work done while its alert fires", () => {
  test("holds if telemetry agrees within a day, and says so", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "New relay." }, 1);
    expect(rig.first).toMatchObject({ status: "resolved", resolution: "by_agent" });
    expect(rig.first.suppressed).toBeUndefined();
    rig.mends("k0", at(5));
    rig.until(at(30));
    expect(rig.first.status).toBe("resolved");
    expect(rig.lines(rig.id).slice(-2)).toEqual(["resolved", "alert_cleared"]);
    expect(rig.events.at(-1)?.reason).toContain("Telemetry agrees with anna");
  });

  test("is disputed once when it still fires a day later: open again, with a person, and who said what", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "acknowledge" }, 0.5);
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(20);
    rig.until(at(25));
    expect(rig.first).toMatchObject({
      status: "open",
      stage: "escalated",
      acknowledgedBy: null,
      resolvedAt: null,
      refires: 1,
    });
    const disputed = rig.events.find((e) => e.kind === "disputed");
    expect(disputed?.reason).toMatch(
      /^Telemetry still shows .* closed by anna at 2026-06-01T01:00/,
    );
    rig.mends("k0", at(26));
    expect(rig.first).toMatchObject({ status: "resolved", resolution: "recovered" });
  });

  test("closed a second time it stays closed until the alert has cleared: nobody fights a person", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(20);
    rig.until(at(26));
    rig.asksOfCase({ name: "resolve", comment: "It is as it should be." }, 27);
    expect(rig.first).toMatchObject({ status: "resolved", suppressed: true });
    for (let day = 2; day < 10; day++) rig.beeps(day * 24);
    rig.until(at(10 * 24));
    expect(rig.first.status).toBe("resolved");
    expect(rig.kindsOf("disputed")).toBe(1);
    rig.mends("k0", at(11 * 24));
    rig.until(at(11 * 24 + 2));
    expect(rig.first.suppressed).toBe(false);
    rig.breaks("k0", at(11 * 24 + 3));
    expect(rig.broken.filter((c) => c.status === "open")).toHaveLength(1);
  });

  test("a device that has not been heard of since shows nothing: the question stays open", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.until(at(80));
    expect(rig.first.status).toBe("resolved");
    rig.beeps(81);
    rig.until(at(81 + 7));
    expect(rig.first).toMatchObject({ status: "open", stage: "escalated" });
  });

  test("what comes and goes meanwhile is told in one line and judged at the end", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    for (let hour = 2; hour < 12; hour += 2) {
      rig.mends("k0", at(hour));
      rig.breaks("k0", at(hour + 1));
    }
    expect(rig.first.status).toBe("resolved");
    expect(rig.kindsOf("suppressed")).toBe(1);
    rig.until(at(25));
    expect(rig.first.status).toBe("open");
  });

  test("the gateway's own downtime speaks against nobody", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(2);
    const started = { kind: "service", event: "started", reason: "" } as const;
    rig.play({ ...started, appendedAt: at(40), lastAliveAt: at(2) });
    rig.until(at(41));
    expect(rig.first.status).toBe("resolved");
    rig.until(at(1 + 24 + 38 + 1));
    expect(rig.first.status).toBe("open");
  });
});

describe("a case closed as none", () => {
  test.each([
    ["false_alarm", "false_alarm", 1],
    ["duplicate", "by_agent", 1],
    ["sensor_fault", "false_alarm", 72],
  ] as const)(
    "judged %s keeps the key quiet until the alert was clear for %s h",
    (verdict, resolution, quiet) => {
      const rig = new Broken();
      rig.asksOfCase({ name: "verdict", verdict, comment: "" }, 1);
      expect(rig.first).toMatchObject({ status: "resolved", resolution, suppressed: true });
      rig.mends("k0", at(20));
      rig.breaks("k0", at(20) + (quiet * HOUR_MS) / 2);
      expect(rig.broken).toHaveLength(1);
      rig.mends("k0", at(60));
      rig.until(at(60 + quiet));
      expect(rig.first.suppressed).toBe(false);
      rig.breaks("k0", at(61 + quiet));
      expect(rig.broken).toHaveLength(2);
      expect(rig.broken[1]).toMatchObject({ status: "open", follows: rig.id });
    },
  );

  test("left as it is never reopens, and stays quiet as long as a return would reopen it", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "Too old.", as: "wont_fix" }, 1);
    expect(rig.first).toMatchObject({ resolution: "wont_fix", suppressed: true });
    rig.mends("k0", at(2));
    rig.breaks("k0", at(50));
    expect(rig.broken).toHaveLength(1);
    rig.mends("k0", at(51));
    rig.until(at(51 + 73));
    rig.breaks("k0", at(51 + 74));
    expect(rig.broken.map((c) => [c.status, c.follows])).toEqual([
      ["resolved", undefined],
      ["open", rig.id],
    ]);
  });

  test("says in one line a day how often it fired meanwhile", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "", as: "wont_fix" }, 1);
    for (let hour = 2; hour < 62; hour += 2) {
      rig.mends("k0", at(hour));
      rig.breaks("k0", at(hour + 1));
    }
    const lines = rig.events.filter((e) => e.kind === "suppressed").map((e) => e.reason);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^Nothing new opens until its alert has been clear for 72 h/);
    expect(lines[1]).toMatch(/^It fired again \(/);
    expect(lines[2]).toMatch(/^It has fired 13 times since/);
  });

  test("is never quiet for longer than 30 days: it is open again and says why", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    for (let day = 1; day < 30; day++) rig.beeps(day * 24);
    rig.until(at(30 * 24 + 2));
    expect(rig.first).toMatchObject({ status: "open", stage: "escalated", suppressed: false });
    expect(rig.events.findLast((e) => e.kind === "reopened")?.reason).toContain("anna closed it");
    expect(rig.cases.find((c) => c.id === rig.id)?.status).toBe("open");
  });

  test("opened again by a person it is quiet no more", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    rig.asksOfCase({ name: "reopen", comment: "It is true." }, 2);
    expect(rig.first).toMatchObject({ status: "open", suppressed: false });
    rig.until(at(40 * 24));
    expect(rig.first.status).toBe("open");
  });

  test("confirmed after all it counts as closed with the work done", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    rig.asksOfCase({ name: "verdict", verdict: "confirmed", comment: "" }, 2);
    expect(rig.first).toMatchObject({ suppressed: false, verdict: "confirmed" });
    rig.beeps(20);
    rig.until(at(27));
    expect(rig.first.status).toBe("open");
  });

  test("put off it stays open and says by whom", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "deferred", comment: "after the holidays" }, 1);
    expect(rig.first).toMatchObject({ status: "open", verdict: "deferred" });
    expect(rig.first.nextStep).toBe("Put off by anna: after the holidays. Decide when it is due.");
  });

  test("a device that leaves the registry leaves nothing of it behind", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    const device = {
      id: "k0",
      product: "kettle",
      attrs: {},
      cohort: "",
      owner: "",
      activatedAt: 1,
    };
    rig.play({ kind: "registry", appendedAt: at(2), change: "remove", device, by: "anna" });
    rig.until(at(60 * 24));
    expect(rig.engine.nextDeadline()).toBeUndefined();
  });
});

describe("what else reaches a case", () => {
  test("its tickets: the latest per desk, as agents merge, move and delete them", () => {
    const rig = new Broken();
    const ticket = { name: "ticket", desk: "rt", url: "https://rt/1", detail: "" } as const;
    rig.asksOfCase({ ...ticket, ticket: "1", change: "created" }, 1);
    rig.asksOfCase({ ...ticket, desk: "redmine", ticket: "5", change: "created" }, 1);
    rig.asksOfCase({ ...ticket, ticket: "9", url: "https://rt/9", change: "merged" }, 2);
    rig.asksOfCase({ ...ticket, ticket: "7", change: "refused", detail: "No such queue." }, 2);
    expect(rig.first.tickets?.map((t) => [t.desk, t.id])).toEqual([
      ["rt", "9"],
      ["redmine", "5"],
    ]);
    expect(rig.events.at(-1)).toMatchObject({ kind: "ticket", reason: "No such queue." });
    rig.asksOfCase({ ...ticket, ticket: "9", change: "lost" }, 3);
    expect(rig.first.tickets?.map((t) => t.desk)).toEqual(["redmine"]);
  });

  test("an agent gives it back: nobody has it, and with nobody there is nothing to say", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "acknowledge" }, 1);
    rig.asksOfCase({ name: "give_back" }, 2);
    expect(rig.first).toMatchObject({ status: "open", acknowledgedBy: null });
    expect(rig.events.at(-1)?.reason).toBe("anna gave it back; nobody has it now.");
    const { revision } = rig.first;
    rig.asksOfCase({ name: "give_back" }, 3);
    expect(rig.first.revision).toBe(revision);
  });

  test("a call of the owner: the first one since the day before it began", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "ticket 3 in rt" } as const;
    rig.asks({ ...call, calledAt: at(-30) }, at(1));
    expect(rig.first.ownerCalledAt).toBeUndefined();
    rig.asks({ ...call, calledAt: at(5) }, at(6));
    rig.asks({ ...call, calledAt: at(4) }, at(7));
    rig.asks({ ...call, calledAt: at(9) }, at(9));
    expect(rig.first.ownerCalledAt).toBe(at(4));
    expect(rig.events.filter((e) => e.kind === "owner_called")).toHaveLength(2);
    rig.asks({ ...call, device: "none", calledAt: at(9) }, at(9));
    expect(rig.effects.at(-1)?.answer).toMatchObject({ ok: false, status: 404 });
  });

  test("a case that opens within a day after a call was not found before it", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "phone" } as const;
    rig.asks({ ...call, calledAt: at(50) }, at(50));
    rig.beeps(60);
    expect(rig.cases.find((c) => c.rule === "beeping")?.ownerCalledAt).toBe(at(50));
    const late = new Broken();
    late.asks({ ...call, calledAt: at(50) }, at(50));
    late.beeps(75);
    expect(late.cases.find((c) => c.rule === "beeping")?.ownerCalledAt).toBeUndefined();
  });

  test("a call from the future is one of now: the desk's clock is ahead", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "" } as const;
    rig.asks({ ...call, calledAt: at(1) + DAY_MS }, at(1) + MINUTE_MS);
    expect(rig.first.ownerCalledAt).toBe(at(1) + MINUTE_MS);
  });
});
