import fc from "fast-check";
import { expect, test } from "vitest";
import type { CaseAction, CaseView } from "#domain/case/case.ts";
import type { Effects, OutboxEntry } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { minute } from "../../support/raw-messages.ts";
import { LOW, PlaybookBench, playbook } from "./playbook-bench.ts";

const RULES = playbook(
  `
- command: { name: cool, args: { level: 1 }, expiresIn: 20m }
  if: state != 'error'
  coolDown: 10m
  perDevice: { tries: 2, within: 2h }
  perFleet: { tries: 2, within: 30m }
  undo: { command: { name: cool, args: { level: 0 } } }
  verify: { when: temp < 100.0, within: 10m, for: 2m, settle: 1h }
  next: { rejected: ask }
- settings: { target: 85 }
  expiresIn: 30m
  undo: true
  verify: false
- wait: { until: state == 'off', atMost: 10m }
- verify: { when: temp < 100.0, within: 10m, inUse: true }
- id: ask
  command: { name: reset }
  safety: engineer
  next: { declined: escalate }
- advice: Please fill it up.
  safety: idle
- escalate: { next: Look., advice: Do not use it. }
`,
  LOW,
);

const DEVICES = ["b1", "b2", "b3"];
type Said = "accepted" | "succeeded" | "failed" | "rejected" | "expired" | "duplicate";

type Op =
  | { do: "read"; device: number; temp: number; state: string | null; minutes: number }
  | { do: "pass"; minutes: number }
  | { do: "deliver" | "answer"; pick: number; said: Said }
  | { do: "report"; device: number; equal: boolean }
  | { do: "person"; name: "approve" | "decline" | "resolve" | "reopen" | "undo"; pick: number }
  | { do: "switch"; enabled: boolean; fleet: boolean }
  | { do: "rules"; changed: boolean };

const device = fc.nat(DEVICES.length - 1);
const pick = fc.nat(200);
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      device,
      temp: fc.constantFrom(150, 150, 150, 80, 80, 10, 125),
      state: fc.constantFrom("on", "on", "error", "off", null),
      minutes: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      minutes: fc.constantFrom(1, 9, 31, 300, 5_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("deliver" as const, "answer" as const),
      pick,
      said: fc.constantFrom<Said>(
        ...([
          "accepted",
          "succeeded",
          "succeeded",
          "failed",
          "rejected",
          "expired",
          "duplicate",
        ] as const),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("report" as const), device, equal: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("person" as const),
      name: fc.constantFrom(
        "approve" as const,
        "decline" as const,
        "resolve" as const,
        "reopen" as const,
        "undo" as const,
      ),
      pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("switch" as const),
      enabled: fc.boolean(),
      fleet: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rules" as const), changed: fc.boolean() }) },
);

type Command = Extract<OutboxEntry, { kind: "command" }>;

/** Looks at every record's effects. */
class Watched extends PlaybookBench {
  readonly owed = new Set<string>();
  /** Commands of playbooks that the device has, or may still get. */
  readonly counted: Command[] = [];
  readonly delivered = new Set<string>();
  off = { fleet: false, product: false };

  constructor() {
    super(RULES, DEVICES);
    this.look = (effects) => this.#look(effects);
  }

  #look(effects: Effects): void {
    for (const id of effects.cancelled) {
      const index = this.counted.findIndex((c) => c.id === id && !this.delivered.has(id));
      if (index >= 0) this.counted.splice(index, 1);
    }
    for (const entry of effects.outbox) {
      expect(this.owed.has(entry.id), `${entry.id} is owed once`).toBe(false);
      this.owed.add(entry.id);
      if (entry.kind === "command" && entry.caseId !== null) this.#command(entry);
    }
    for (const view of this.rig.cases) {
      const ids = view.actions.map(({ id }) => id);
      expect(new Set(ids).size, `ids of ${view.id}`).toBe(ids.length);
    }
  }

  #command(entry: Command): void {
    const view = this.rig.cases.find(({ id }) => id === entry.caseId);
    const own = view?.actions.find(({ id }) => id === entry.id);
    const others = (view?.actions ?? []).filter(({ id }) => id !== entry.id);
    const busy = others.filter((action) => this.#isUnderWay(action, entry.createdAt));
    expect(
      busy.map(({ what }) => what),
      "one command of a case at a time",
    ).toEqual([]);
    const isByHand = own?.kind === "undo" && view?.stage !== "acting";
    if (!isByHand) {
      expect(this.off.fleet || this.off.product, "acts while off").toBe(false);
    }
    if (entry.command === "cool" && own?.kind === "command") this.#limits(entry);
  }

  #isUnderWay({ kind, state, id }: CaseAction, now: number): boolean {
    if (kind === "wait" || kind === "verify" || kind === "escalation") return false;
    if (state === "waiting") return true;
    if (state !== "delivered" && state !== "accepted") return false;
    const sent = this.rig.commands.find((command) => command.id === id);
    const mayAnswer = sent !== undefined && sent.expiresAt > now && sent.command !== "show";
    return mayAnswer;
  }

  #limits(entry: Command): void {
    const since = (ms: number) => this.counted.filter((c) => c.createdAt > entry.createdAt - ms);
    const same = (list: readonly Command[]) => list.filter((c) => c.device === entry.device);
    expect(same(since(10 * MINUTE_MS)).length, "cool-down").toBe(0);
    expect(same(since(120 * MINUTE_MS)).length, "tries per device").toBeLessThan(2);
    expect(since(30 * MINUTE_MS).length, "tries over the fleet").toBeLessThan(2);
    this.counted.push(entry);
  }
}

function run(bench: Watched, one: Op): void {
  switch (one.do) {
    case "read": {
      const { temp, state, minutes } = one;
      bench.read({ temp, state, cups: bench.now }, { minutes, device: DEVICES[one.device] ?? "" });
      return;
    }
    case "pass":
      bench.pass(one.minutes);
      return;
    case "deliver":
    case "answer": {
      const { commands } = bench.rig;
      const command = commands[commands.length - 1 - (one.pick % 4)];
      if (command === undefined) return;
      const { id, device } = command;
      const isLate = bench.rig.device(device)?.commands.find((c) => c.id === id)?.state;
      if (isLate === "waiting") bench.delivered.add(id);
      if (one.do === "answer") bench.reply(one.said, { id, device });
      else
        bench.apply({
          kind: "command_outcome",
          appendedAt: minute(bench.now),
          commandId: id,
          device,
          outcome: "delivered",
          detail: "",
        });
      return;
    }
    case "report": {
      const name = DEVICES[one.device] ?? "";
      const desired = bench.rig.device(name)?.desired;
      const target = one.equal ? Number(desired?.settings.target ?? 93) : 90;
      bench.report(desired?.version ?? 0, { target, eco: false }, name);
      return;
    }
    case "person": {
      const { cases } = bench.rig;
      const found = cases[one.pick % Math.max(1, cases.length)];
      if (found === undefined) return;
      const about = { caseId: found.id, comment: "" };
      if (one.name !== "undo") bench.do({ name: one.name, ...about });
      else {
        const undoable = found.actions.filter((a) => a.undoable === true);
        const action = undoable[one.pick % Math.max(1, undoable.length)]?.id ?? "none";
        bench.do({ name: "undo", caseId: found.id, action });
      }
      return;
    }
    case "switch":
      bench.off[one.fleet ? "fleet" : "product"] = !one.enabled;
      bench.do({
        name: "remedies",
        enabled: one.enabled,
        product: one.fleet ? "" : "boiler",
        reason: "r",
      });
      return;
    case "rules":
      bench.change(
        one.changed ? RULES.replace("- wait: { until", "- wait: 3m\n      - wait: { until") : RULES,
      );
      return;
  }
}

const isOpen = ({ status, stage }: CaseView): boolean =>
  status !== "resolved" && stage !== "escalated";

test("whatever devices, telemetry and people do: one command at a time, within its limits, never while off, and every step ends", () => {
  fc.assert(
    fc.property(fc.array(op, { minLength: 5, maxLength: 60 }), (ops) => {
      const bench = new Watched();
      for (const one of ops) run(bench, one);
      bench.pass(20 * 24 * 60);
      expect(bench.rig.cases.filter(isOpen).map(({ id, stage }) => [id, stage])).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("from any snapshot on, the same records have the same effects", () => {
  fc.assert(
    fc.property(
      fc.array(op, { minLength: 5, maxLength: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (ops, at) => {
        const bench = new Watched();
        for (const one of ops) run(bench, one);
        bench.pass(3 * 24 * 60);
        const { records } = bench;
        const cut = Math.floor(at * records.length);
        const whole = new Engine();
        const state = new Map<string, string | undefined>();
        records.slice(0, cut).forEach((record, i) => {
          whole.apply(i + 1, record);
          for (const { key, value } of whole.takeUnsaved()) state.set(key, value);
        });
        const entries = [...state].map(([key, value]) => ({ key, value }));
        const resumed = new Engine(entries);
        expect(resumed.nextDeadline()).toBe(whole.nextDeadline());
        records.slice(cut).forEach((record, i) => {
          expect(resumed.apply(cut + i + 1, record)).toEqual(whole.apply(cut + i + 1, record));
        });
      },
    ),
    { numRuns: 25 },
  );
});
