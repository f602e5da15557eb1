import { describe, expect, it } from "vitest";
import { compileKettle, problemsOf } from "./sources.ts";

const KETTLE_RULE = (steps: string, more = "") => `product: kettle
rules:
  - id: a
    kind: fault
    title: A
    why: w
    when: temp > 100
${more}    playbook:
${steps
  .trim()
  .split("\n")
  .map((line) => `      ${line}`)
  .join("\n")}
      - escalate: { next: Call. }
`;

describe("a playbook", () => {
  it("is read with all that its steps may ask for", () => {
    const [rule] = compileKettle(
      KETTLE_RULE(
        `
- command: { name: set_limit, args: { watts: 500 } }
  expiresIn: 5m
  if: state == 'heating'
  else: skip
  safety: engineer
  coolDown: 6h
  perDevice: { tries: 2, within: 7d }
  perFleet: { tries: 20, within: 1h }
  undo: { command: { name: set_limit, args: { watts: 2000 } } }
  verify: { when: temp < 90, within: 10m, for: 2m, inUse: 3, settle: 12h }
  next: { not_proved: check, rejected: escalate, proved: resolve }
- wait: { until: state == 'idle', atMost: 1h }
- id: check
  verify: { when: temp < 80, within: 5m }
`,
        "    withdrawWhen: { failed: { percent: 30, of: 4 } }\n",
      ),
    ).rules;
    expect(rule?.rule.withdrawWhen).toEqual({ failed: { share: 0.3, of: 4 } });
    expect(rule?.rule.playbook).toEqual([
      {
        kind: "command",
        name: "set_limit",
        args: { watts: 500 },
        expiresIn: 300_000,
        if: "state == 'heating'",
        else: "skip",
        safety: "engineer",
        coolDown: 21_600_000,
        perDevice: { tries: 2, within: 604_800_000 },
        perFleet: { tries: 20, within: 3_600_000 },
        undo: { kind: "command", name: "set_limit", args: { watts: 2000 } },
        verify: {
          when: "temp < 90",
          within: 600_000,
          for: 120_000,
          inUse: { amount: 3 },
          settle: 43_200_000,
        },
        next: { not_proved: 2, rejected: 3, proved: "resolve" },
      },
      { kind: "wait", until: "state == 'idle'", atMost: 3_600_000 },
      { kind: "verify", id: "check", verify: { when: "temp < 80", within: 300_000 } },
      { kind: "escalate", next: "Call.", advice: "", callback: false },
    ]);
  });

  it("names a step by what it does: another proof is the same step, another argument is not", () => {
    const key = (watts: number, within: string) =>
      compileKettle(
        KETTLE_RULE(
          `- command: { name: set_limit, args: { watts: ${watts} } }\n  verify: { when: temp < 90, within: ${within} }`,
        ),
      ).rules[0]?.steps[0]?.key;
    expect(key(500, "1m")).toBe(key(500, "2h"));
    expect(key(500, "1m")).not.toBe(key(400, "1m"));
  });
});

const OFF = "- command: { name: switch_off }";

describe("a step that is wrong is refused with what would be right:", () => {
  it.each([
    [
      `${OFF}\n  next: { not_proved: chekc }\n- id: check\n  wait: 1m`,
      'no later step "chekc"; did you mean "check"?',
    ],
    [
      `- id: first\n  wait: 1m\n${OFF}\n  next: { failed: first }`,
      '"first" is an earlier step; `next` leads forward only',
    ],
    [
      `- id: self\n  command: { name: switch_off }\n  next: { failed: self }`,
      '"self" is the step itself',
    ],
    [`${OFF}\n  next: { failed: resolve }`, "only a proof resolves a case"],
    [`${OFF}\n  next: { falied: escalate }`, 'no key "falied" here; did you mean "failed"?'],
    [`- id: x\n  wait: 1m\n- id: x\n  wait: 2m`, 'there is a step "x" already'],
    [`- id: resolve\n  wait: 1m`, "is a word of `next` and no id"],
    ["- escalate: { next: Call. }\n- wait: 1m", "only a step that `next` leads to may stand here"],
    ["- wait: 0s", "a wait needs time"],
    [
      "- wait: { until: temp < 1, atMost: 1m }\n  safety: idle",
      "`safety` goes with command, settings and advice, not with wait",
    ],
    ["- wait: 1m\n  verify: { when: temp < 1, within: 1m }", "put it into a step of its own"],
    ["- verify: false", "`verify: false` goes with command, settings and advice"],
    [`${OFF}\n  else: skip`, "`else` goes with `if`"],
    [`${OFF}\n  safety: idel`, 'did you mean "idle"?'],
    [
      `${OFF}\n  safety: idle`,
      "does not say when it is in use, so safety: idle could never tell; add `while` to its `use`",
    ],
    [`${OFF}\n  verify: { when: temp < 1, within: 1m, inUse: true }`, "so inUse could never tell"],
    [
      `${OFF}\n  verify: { when: temp < 1, within: 1m, for: 2m }`,
      "cannot hold for 2 min within 1 min",
    ],
    [`${OFF}\n  undo: true`, "`undo: true` goes with settings"],
    [`${OFF}\n  undo: { command: { name: swich_off } }`, 'did you mean "switch_off"?'],
    [
      `${OFF}\n  undo: { command: { name: boil } }`,
      "needs the owner's consent, so it could never be done by itself",
    ],
    ["- advice: Hello\n  undo: { command: { name: switch_off } }", "advice has no undo"],
    [`${OFF}\n  coolDown: 100d`, "at most 90 d"],
    [`${OFF}\n  perDevice: { tries: 0, within: 1h }`, "must be at least 1"],
    [
      "- command: { name: switch_off, expiresIn: 1m }\n  expiresIn: 2m",
      "stands once: inside or beside",
    ],
    ["- settings: { bright: 1 }", 'no setting "bright"'],
    ["- settings: {}", "names no setting"],
    [`${OFF}\n  if: tmp > 1`, 'no signal "tmp"; did you mean "temp"?'],
  ])("%s", (steps, message) => {
    expect(problemsOf(KETTLE_RULE(steps)).join("\n")).toContain(message);
  });
});
