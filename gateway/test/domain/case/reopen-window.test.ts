import { expect, test } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "../../support/boiler-ruleset.ts";
import { DeviceScript, head, START } from "../../support/records.ts";

test("with a window of zero what comes back is a new case, even in the very millisecond of the resolution", () => {
  const text = BOILER_RULES.text.replace("id: too-hot", "id: too-hot\n    reopenWithin: 0s");
  const rig = new EngineRig();
  const script = new DeviceScript();
  const rules = { ...BOILER_RULES, text: text.replace("keep: 5m", "keep: 0s") };
  const ruleset = {
    kind: "ruleset",
    appendedAt: START,
    hash: "h0",
    products: [BOILER_PRODUCT],
    rules: [rules],
  } as const;
  rig.apply(...head(), ruleset);
  // A backlog that arrives at once: every reading has the same time of receipt.
  const appendedAt = START + 20 * MINUTE_MS;
  const send = (minute: number, temp: number) =>
    rig.apply(script.tele(START + minute * MINUTE_MS, { temp, state: "on" }, { appendedAt }));
  for (let i = 0; i <= 3; i++) send(i, 150);
  for (let i = 4; i <= 6; i++) send(i, 80);
  for (let i = 7; i <= 10; i++) send(i, 150);
  const cases = rig.cases.filter((c) => c.rule === "too-hot");
  expect(cases.map((c) => [c.status, c.refires])).toEqual([
    ["resolved", 0],
    ["open", 0],
  ]);
});
