import { describe, expect, it } from "vitest";
import { compileRuleset } from "#domain/rules/compile.ts";
import { parseRules } from "#domain/rules/parse-rules.ts";
import { compileKettle, compileRule, KETTLE, problemsOf, ruleText } from "./sources.ts";

describe("a rule that is right", () => {
  it("gets the documented defaults", () => {
    const { rule } = compileRule("when: temp > 100");
    expect(rule).toMatchObject({
      severity: "normal",
      level: "act",
      keyVersion: 1,
      for: 0,
      keep: 0,
      reopenWithin: 72 * 3_600_000,
      disproof: "",
      file: "rules.yaml",
      rulesetHash: "test",
      playbook: [{ kind: "escalate", next: "Look at it.", advice: "", callback: false }],
    });
  });

  it.each([
    ["when: temp > 1\nclear: temp < 0", { type: "condition", when: "temp > 1", clear: "temp < 0" }],
    [
      "event: { code: dry, clearCode: filled }",
      { type: "event", code: "dry", clearCode: "filled" },
    ],
    [
      "count: { event: dry, atLeast: 3, within: 1.5h }",
      { type: "count", of: { event: "dry" }, atLeast: 3, within: 5_400_000 },
    ],
    [
      "count: { when: temp > 1, atLeast: 3, within: 1d }",
      { type: "count", of: { when: "temp > 1" }, atLeast: 3, within: 86_400_000 },
    ],
    ["silence: { after: 10m }", { type: "silence", after: 600_000 }],
    ["usage: { never: { within: 3d } }", { type: "never_used", within: 259_200_000 }],
    [
      "usage: { hardly: { belowPerDay: 0.5, days: 7 } }",
      { type: "hardly_used", belowPerDay: 0.5, days: 7 },
    ],
    [
      "drift: { signals: [temp], learnFor: 1h, memory: 100, limit: 8 }",
      { type: "drift", signals: ["temp"], learnFor: 3_600_000, smooth: 1, inARow: 1 },
    ],
  ])("%s is read", (test, expected) => {
    expect(compileRule(test).rule.test).toMatchObject(expected);
  });

  it("is run only for what it names", () => {
    const product = compileKettle(`product: kettle
rules:
  - { id: a, kind: fault, level: watch, title: A, why: w, when: temp > 1 && state != 'off' }
  - { id: b, kind: fault, level: watch, title: B, why: w, event: { code: dry } }
  - { id: c, kind: fault, level: watch, title: C, why: w, silence: { after: 1h } }
  - { id: d, kind: fault, level: watch, title: D, why: w, when: temp > 2 }
`);
    const ids = (rules: readonly { rule: { id: string } }[] | undefined) =>
      rules?.map(({ rule }) => rule.id);
    expect(ids(product.bySignal.get("temp"))).toEqual(["a", "d"]);
    expect(ids(product.bySignal.get("state"))).toEqual(["a"]);
    expect(product.bySignal.has("power")).toBe(false);
    expect(ids(product.byEvent.get("dry"))).toEqual(["b"]);
    expect(ids(product.byDevice)).toEqual(["c"]);
  });

  it("carries its proofs by step", () => {
    const text = `product: kettle
rules:
  - id: a
    kind: fault
    title: A
    why: w
    when: temp > 100
    playbook:
      - command: { name: set_limit, args: { watts: 500 }, expiresIn: 2m }
        verify: { when: temp < 90, within: 10m }
      - advice: { text: Please switch it off., expiresIn: 1h }
      - escalate: { next: Call., advice: Do not use., callback: true }
`;
    const [rule] = compileKettle(text).rules;
    expect(rule?.rule.playbook).toEqual([
      {
        kind: "command",
        name: "set_limit",
        args: { watts: 500 },
        expiresIn: 120_000,
        verify: { when: "temp < 90", within: 600_000 },
      },
      { kind: "advice", text: "Please switch it off.", expiresIn: 3_600_000 },
      { kind: "escalate", next: "Call.", advice: "Do not use.", callback: true },
    ]);
    expect([...(rule?.verifications.keys() ?? [])]).toEqual([0]);
  });
});

describe("a rule that is wrong", () => {
  it.each([
    ["", "needs exactly one of when, event, count, silence, usage, drift"],
    ["when: temp > 1\nsilence: { after: 1h }", "it has when and silence"],
    ["silence: { after: 1h }\nclear: temp < 1", "`clear` goes with `when` only"],
    ["event: { code: dry }\nfor: 1m", "`for` goes with `when`"],
    ["event: { code: drry }", 'no event "drry"; did you mean "dry"?'],
    ["event: { code: dry, clearCode: dry }", "cannot clear itself"],
    ["event: { code: dry, where: tmp > 1 }", 'no signal "tmp"'],
    ["count: { atLeast: 2, within: 1h }", "exactly one of event, when"],
    ["count: { event: dry, atLeast: 2, within: 60d }", "at most 30d"],
    ["count: { event: dry, atLeast: 1, within: 1h }", "`atLeast` must be at least 2"],
    ["count: { event: dry, atLeast: 2, within: 1h, clearCode: x }", 'no event "x"'],
    ["silence: { after: 30s }", "silence is at least 1 min"],
    ["silence: { after: 30 }", 'must be a duration such as "30s"'],
    ["usage: {}", "exactly one of never, hardly"],
    ["usage: { hardly: { belowPerDay: 1, days: 90 } }", "`days` must be at most 30"],
    ["drift: { signals: [state], learnFor: 1h, memory: 99, limit: 8 }", "drift needs a number"],
    ["drift: { signals: [temp], learnFor: 1h, smooth: 9, memory: 9, limit: 8 }", "at least 36"],
    [
      "drift: { signals: [temp], learnFor: 1h, memory: 99, limit: 8, minSd: { power: 1 } }",
      "not among the signals",
    ],
    [
      "when: temp > 1\nseverity: urgnt",
      'must be one of normal, urgent, safety, not "urgnt"; did you',
    ],
    ["when: temp > 1\nkeepp: 1m", 'no key "keepp" here; did you mean "keep"?'],
    ["when: 5", "`when` must be a text, not 5"],
    ["when: temp > 1\nlevel: watch", "a watch opens no case"],
  ])("%s is refused with what would be right", (test, message) => {
    expect(problemsOf(ruleText(test)).join("\n")).toContain(message);
  });

  const withPlaybook = (kind: string, steps: string) => `product: kettle
rules:
  - id: a
    kind: ${kind}
    title: A
    why: w
    when: temp > 100
    playbook:
${steps}
`;
  it.each([
    ["fault", "      - command: { name: switch_of }", 'did you mean "switch_off"?'],
    ["fault", "      - command: { name: set_limit, args: { watts: 5000 } }", "from 0 to 2000 W"],
    ["fault", "      - command: { name: set_limit }", '"watts" is absent'],
    ["fault", "      - { advice: Hello, verify: { when: temp < 1, within: 0s } }", "more than 0"],
    [
      "fault",
      "      - { advice: Hello, verify: { when: tmp < 1, within: 1m } }",
      'no signal "tmp"',
    ],
    ["fault", `      - advice: ${"long ".repeat(20)}`, "at most 40 characters"],
    ["fault", "      - advice: 5", "must be the text itself or a map"],
    ["fault", "      - {}", "exactly one of command, settings, advice, wait, escalate"],
    ["fault", "      - advice: Hello", "the last step must be escalate"],
    ["fault", "      - escalate: { next: a }\n      - escalate: { next: b }", "no step can follow"],
    [
      "fault",
      "      - { escalate: { next: a }, verify: { when: leak, within: 1m } }",
      "has no verify",
    ],
    ["misuse", "      - command: { name: switch_off }", "put an advice step first"],
  ])("a playbook of a %s with %s is refused", (kind, steps, message) => {
    expect(problemsOf(withPlaybook(kind, steps)).join("\n")).toContain(message);
  });

  it("must have a playbook when it opens cases", () => {
    const text = ruleText("when: temp > 1").replace(/ {4}playbook:[\s\S]*$/, "");
    expect(problemsOf(text)).toEqual([
      expect.stringContaining('rule "the-rule" needs a playbook that ends with escalate'),
    ]);
  });
});

describe("a ruleset", () => {
  it("is refused whole, with every problem of every file in order", () => {
    const first = ruleText("when: temp > 'hot' && state == 'of'");
    const second = ruleText("when: temp > 1\ntitel: x").replace("the-rule", "other");
    const result = compileRuleset({
      products: [KETTLE],
      rules: [
        { path: "b.yaml", text: second },
        { path: "a.yaml", text: first },
      ],
      hash: "h",
    });
    expect(result.ok ? [] : result.problems.map((p) => `${p.file}:${p.line}:${p.column}`)).toEqual([
      "a.yaml:7:11",
      "a.yaml:7:36",
      "b.yaml:8:5",
    ]);
  });

  it("points into folded, quoted and block texts", () => {
    expect(problemsOf(ruleText("when: >\n  temp > 1 &&\n  tmp < 2"))).toEqual([
      expect.stringMatching(/^9:7 .*"tmp"/),
    ]);
    expect(problemsOf(ruleText(`when: "state == 'idle' && tmp < 2"`))).toEqual([
      expect.stringMatching(/^7:31 .*"tmp"/),
    ]);
    expect(problemsOf(ruleText("when: |-\n  temp > 1\n  || tmp < 2"))).toEqual([
      expect.stringMatching(/^9:10 .*"tmp"/),
    ]);
  });

  it("refuses an id twice, an unknown product and a product twice", () => {
    const text = ruleText("when: temp > 1");
    const rules = [
      { path: "a.yaml", text },
      { path: "b.yaml", text },
      { path: "c.yaml", text: text.replace("kettle", "kettel") },
    ];
    const result = compileRuleset({ products: [KETTLE, KETTLE], rules, hash: "h" });
    const messages = result.ok ? [] : result.problems.map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringContaining('has a rule "the-rule" already'));
    expect(messages).toContainEqual(expect.stringContaining('did you mean "kettle"?'));
    expect(messages).toContainEqual(expect.stringContaining("defined in another file already"));
  });

  it("refuses conditions of the product that do not fit its signals", () => {
    const text = KETTLE.text.replace(
      "switch_off: { number: 1, title: Switch off }",
      "switch_off: { number: 1, title: Switch off, safeWhen: state == 'of' }",
    );
    const result = compileRuleset({ products: [{ path: "k.yaml", text }], rules: [], hash: "h" });
    expect(result.ok ? [] : result.problems).toEqual([
      {
        file: "k.yaml",
        line: 16,
        column: 57,
        message: expect.stringMatching(/^safeWhen of command switch_off: state is never 'of'/),
      },
    ]);
  });

  it.each([
    ["rules: [", "a.yaml"],
    ["product: kettle\nproduct: kettle\nrules: []", "Map keys must be unique"],
    ["", "must be a map of keys"],
    ["product: kettle\nrules:", "`rules` must be a list"],
    ["product: kettle\nrules: []", "`rules` must be at least 1 entries long"],
    ["&a [*a, *a]", "a.yaml"],
  ])("refuses the file %j without a crash", (text, message) => {
    const parsed = parseRules("a.yaml", text);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).toContain(message);
  });
});
