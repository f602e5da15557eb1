import { describe, expect, test } from "vitest";
import { PlaybookBench, playbook } from "./playbook-bench.ts";

const rules = playbook(`
- command: { name: cool, args: { level: 1 } }
  verify: { when: temp < 100.0, within: 5m }
- command: { name: reset }
- escalate: { next: Send a technician., advice: Please do not use it. }
`);
const turn = (bench: PlaybookBench, enabled: boolean, product = "") =>
  bench.do({ name: "remedies", enabled, product, reason: "recall" });

describe("the off switch", () => {
  test("takes back what waits, and its case goes to a person with the reason", () => {
    const bench = new PlaybookBench(rules);
    bench.hot();
    expect(turn(bench, false)).toEqual({ ok: true, id: "" });
    expect(bench.action(0).state).toBe("cancelled");
    expect(bench.rig.effects.at(-1)?.cancelled).toEqual([bench.last.id]);
    expect(bench.reasons("escalated")).toEqual([
      "A person takes over: playbooks are switched off for the whole fleet by anna (recall).",
    ]);
    expect(bench.rig.switches).toMatchObject([{ product: "", enabled: false, by: "anna" }]);
  });

  test("lets nothing act, not even advice, while it is off", () => {
    const bench = new PlaybookBench(rules);
    turn(bench, false, "boiler");
    bench.hot().read({}, { minutes: 30 });
    expect(bench.sent).toEqual([]);
    expect(bench.case.stage).toBe("escalated");
  });

  test("lets a step that was carried out come to its proof", () => {
    const bench = new PlaybookBench(rules);
    bench.hot().deliver().reply("succeeded");
    turn(bench, false);
    bench.read({ temp: 80 }, { minutes: 7 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
  });

  test("ends a step that was carried out in vain with a person", () => {
    const bench = new PlaybookBench(rules);
    bench.hot().deliver().reply("succeeded");
    turn(bench, false);
    bench.read({}, { minutes: 6 });
    expect(bench.case.stage).toBe("escalated");
    expect(bench.sent).toEqual(["cool"]);
  });

  test("takes back advice that waits beside an escalation", () => {
    const bench = new PlaybookBench(rules);
    bench.hot().reply("rejected").reply("rejected");
    expect(bench.last.command).toBe("show");
    turn(bench, false);
    expect(bench.case.actions.at(-1)).toMatchObject({ kind: "advice", state: "cancelled" });
  });

  test("stops nobody's own command", () => {
    const bench = new PlaybookBench(rules);
    turn(bench, false);
    const command = {
      name: "command",
      device: "b1",
      command: "cool",
      expiresInMs: 60_000,
    } as const;
    bench.read({ temp: 80 });
    expect(bench.do({ ...command, args: { level: 1 } })).toMatchObject({ ok: true });
    expect(bench.sent).toEqual(["cool"]);
  });

  test("on again: old cases stay with people, new ones are acted upon", () => {
    const bench = new PlaybookBench(rules, ["b1", "b2"]);
    turn(bench, false);
    bench.hot("b1");
    turn(bench, true);
    bench.read({}, { minutes: 10 });
    expect(bench.sent).toEqual([]);
    bench.hot("b2");
    expect(bench.rig.commands.map((c) => c.device)).toEqual(["b2"]);
  });

  test("of the fleet stands, whatever a product's own says", () => {
    const bench = new PlaybookBench(rules);
    turn(bench, false);
    turn(bench, true, "boiler");
    bench.hot();
    expect(bench.sent).toEqual([]);
  });

  test("names a product that is not there: refused", () => {
    const bench = new PlaybookBench(rules);
    expect(turn(bench, false, "kettle")).toMatchObject({ ok: false, status: 404 });
    const silent = bench.do({ name: "remedies", enabled: false, product: "", reason: " " });
    expect(silent).toMatchObject({ ok: false, status: 422 });
  });
});
