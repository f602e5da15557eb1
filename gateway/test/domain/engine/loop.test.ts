import { describe, expect, test } from "vitest";
import type { CommandOutcomeRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { DeviceScript, head, START } from "../../support/records.ts";

const minute = (n: number): number => START + n * MINUTE_MS;

const delivered = (commandId: string, at: number): CommandOutcomeRecord => ({
  kind: "command_outcome",
  appendedAt: at,
  commandId,
  device: "b1",
  outcome: "delivered",
  detail: "",
});

/** Too hot from minute 0 on; answers the rig after `n` minutes. */
function overheated(n: number, temp = 140): { rig: EngineRig; script: DeviceScript } {
  const rig = new EngineRig();
  const script = new DeviceScript();
  rig.apply(...head(), script.status(START, "online"));
  for (let i = 0; i <= n; i++) rig.apply(script.tele(minute(i), { temp, state: "on" }));
  return { rig, script };
}

describe("a fault", () => {
  test("opens one case after the breach lasted long enough, with its onset and the reading", () => {
    const { rig } = overheated(1);
    expect(rig.cases).toHaveLength(0);
    const later = overheated(6);
    const view = later.rig.caseOf("too-hot");
    expect(view.onsetAt).toBe(minute(0));
    expect(view.openedAt).toBe(minute(2));
    expect(view.summary).toContain("140");
    expect(later.rig.kinds.filter((k) => k === "opened")).toHaveLength(1);
  });

  test("is fixed by a command whose proof telemetry brings, and closes only then", () => {
    const { rig, script } = overheated(3);
    const command = rig.commands[0];
    expect(command).toMatchObject({ command: "cool", args: { level: 2 }, device: "b1" });
    const id = command?.id ?? "";
    rig.apply(delivered(id, minute(3)), script.result(minute(3) + 100, id, "succeeded"));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "open", stage: "verifying" });
    rig.apply(script.tele(minute(4), { temp: 110 }));
    expect(rig.caseOf("too-hot").stage).toBe("verifying");
    rig.apply(script.tele(minute(5), { temp: 95 }));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "open", stage: "watching" });
    for (let i = 6; i <= 10; i++) rig.apply(script.tele(minute(i), { temp: 90 }));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(rig.kinds).toEqual([
      "opened",
      "step_started",
      "command_delivered",
      "command_result",
      "proved",
      "alert_cleared",
      "resolved",
    ]);
  });

  test("goes to a person when neither step is proved, and says why at each step", () => {
    const { rig, script } = overheated(3);
    for (let i = 4; i <= 60; i++) {
      for (const command of rig.commands) {
        const known = rig.events.some(
          (e) => e.kind === "command_delivered" && e.reason.includes(command.command),
        );
        if (known || command.command === "show") continue;
        rig.apply(
          delivered(command.id, minute(i) - 2),
          script.result(minute(i) - 1, command.id, "succeeded"),
        );
      }
      rig.apply(script.tele(minute(i), { temp: 150 }));
    }
    const view = rig.caseOf("too-hot");
    expect(view).toMatchObject({ status: "open", stage: "escalated", callback: true });
    expect(view.nextStep).toBe("Send a technician.");
    expect(rig.kinds.filter((k) => k === "not_proved")).toHaveLength(2);
    expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset", "show"]);
    expect(rig.webhooks.map((w) => w.type)).toEqual(["case.opened", "case.escalated"]);
  });

  test("whose command never reaches the device moves on when the command expires, and takes it back", () => {
    const { rig, script } = overheated(3);
    for (let i = 4; i <= 14; i++) rig.apply(script.tele(minute(i), { temp: 150 }));
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(rig.commands[0]?.id);
    expect(rig.commands[1]?.command).toBe("reset");
  });

  test("of a device that falls silent is not resolved, and the silence is a case of its own", () => {
    const { rig, script } = overheated(3);
    rig.apply({ kind: "tick", appendedAt: minute(60) });
    expect(rig.caseOf("too-hot").status).toBe("open");
    expect(rig.caseOf("silent")).toMatchObject({ stage: "escalated" });
    rig.apply(script.tele(minute(61), { temp: 150 }));
    expect(rig.caseOf("silent")).toMatchObject({ status: "resolved", resolution: "recovered" });
  });

  test("that comes back within the window reopens its case and does not repeat the same step", () => {
    const { rig, script } = overheated(3);
    const id = rig.commands[0]?.id ?? "";
    rig.apply(delivered(id, minute(3)), script.result(minute(3) + 1, id, "succeeded"));
    for (let i = 4; i <= 12; i++) rig.apply(script.tele(minute(i), { temp: 80 }));
    expect(rig.caseOf("too-hot").status).toBe("resolved");
    for (let i = 13; i <= 16; i++) rig.apply(script.tele(minute(i), { temp: 150 }));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "open", refires: 1 });
    expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset"]);
  });

  test("judged a false alarm stays closed until its episode ends; a new episode is a new case", () => {
    const { rig, script } = overheated(3);
    const { id } = rig.caseOf("too-hot");
    const action = { name: "verdict", caseId: id, verdict: "false_alarm", comment: "" } as const;
    rig.apply({ kind: "action", appendedAt: minute(4), id: "a1", by: "anna", action });
    for (let i = 5; i <= 20; i++) rig.apply(script.tele(minute(i), { temp: 150 }));
    expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(1);
    for (let i = 21; i <= 90; i++) rig.apply(script.tele(minute(i), { temp: 80 }));
    for (let i = 91; i <= 95; i++) rig.apply(script.tele(minute(i), { temp: 150 }));
    expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(2);
  });

  test("in backfill opens no case, and one that still lasts live does, with its true onset", () => {
    const rig = new EngineRig();
    const script = new DeviceScript();
    const now = START + 5 * HOUR_MS;
    rig.apply(...head());
    for (let i = 0; i < 10; i++) rig.apply(script.hist(minute(i), { temp: 150, state: "on" }, now));
    expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(0);
    rig.apply(script.tele(now, { temp: 150, state: "on" }));
    expect(rig.caseOf("too-hot").onsetAt).toBe(minute(0));
  });
});

describe("misuse and underuse", () => {
  test("misuse shows its advice on the device and closes when telemetry shows that it was followed", () => {
    const rig = new EngineRig();
    const script = new DeviceScript();
    rig.apply(...head());
    for (let i = 0; i < 3; i++) rig.apply(script.event(minute(i), "dismissed"));
    expect(rig.caseOf("warning-ignored").kind).toBe("misuse");
    const advice = rig.commands[0];
    expect(advice).toMatchObject({ command: "show", args: { text: "A short rinse helps." } });
    rig.apply(delivered(advice?.id ?? "", minute(4)));
    expect(rig.count("advice_sent_total")).toBe(1);
    rig.apply(script.tele(minute(5), { state: "off" }));
    expect(rig.caseOf("warning-ignored")).toMatchObject({
      status: "resolved",
      resolution: "fixed",
    });
  });

  test("a device that never connects is found silent and, days later, never used", () => {
    const rig = new EngineRig();
    rig.apply(...head(), { kind: "tick", appendedAt: START + 4 * DAY_MS });
    expect(rig.caseOf("silent").evidence.observed).toContain("never");
    expect(rig.caseOf("never-used").kind).toBe("underuse");
  });
});

describe("the service's own downtime", () => {
  const down = (lastAliveAt: number, at: number) =>
    ({ kind: "service", appendedAt: at, event: "started", reason: "", lastAliveAt }) as const;

  test("of three hours opens no silence case, and a truly silent device is found after the grace", () => {
    const rig = new EngineRig();
    const [one, two] = [new DeviceScript("b1"), new DeviceScript("b2")];
    rig.apply(...head(["b1", "b2"]));
    rig.apply(one.tele(minute(0), { temp: 90 }), two.tele(minute(0), { temp: 90 }));
    rig.apply(down(minute(1), minute(181)));
    expect(rig.cases).toHaveLength(0);
    for (let i = 182; i <= 200; i++) rig.apply(one.tele(minute(i), { temp: 90 }));
    expect(rig.caseOf("silent").device).toBe("b2");
  });

  test("gives a proof that was due meanwhile its time again", () => {
    const { rig, script } = overheated(3);
    const id = rig.commands[0]?.id ?? "";
    rig.apply(delivered(id, minute(3)), script.result(minute(3) + 1, id, "succeeded"));
    rig.apply(down(minute(4), minute(184)));
    expect(rig.kinds).not.toContain("not_proved");
    rig.apply(script.tele(minute(185), { temp: 80 }));
    expect(rig.kinds).toContain("proved");
  });
});
