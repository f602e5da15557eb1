import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProduct } from "../src/index.ts";
import { PRODUCTS_DIR, shippedProduct } from "./support/shipped-product.ts";

const GOOD = `id: kettle
title: Kettle
version: 1
expectedPeriod: 1m
signals:
  temp: { kind: gauge, title: Water temperature, unit: Cel, range: [0, 110] }
  boils_total: { kind: counter, title: Times boiled, unit: "1", period: 1h }
  state: { kind: state, title: State, values: ["off", "on"] }
events:
  boiled: { number: 1, title: Water boiled, severity: info }
settings:
  target: { title: Target, kind: number, unit: Cel, range: [40, 100], default: 100 }
commands:
  stop: { number: 1, title: Stop, safeWhen: state != 'off' && temp > 50.0 }
  show: { number: 2, title: Show, args: { text: { kind: string, maxLength: 20 } } }
features:
  keep_warm: { title: Keep warm, usedBy: { when: state == 'on' } }
use: { title: Boilings, unit: "1", counter: boils_total }
adviceCommand: show
`;

const messagesOf = (text: string): readonly string[] => {
  const product = parseProduct("kettle.yaml", text);
  return product.ok ? [] : product.problems.map((problem) => problem.message);
};

describe("a product file that is right", () => {
  test("becomes a model with durations in ms and defaults filled in", () => {
    expect(parseProduct("kettle.yaml", GOOD)).toEqual({
      ok: true,
      model: {
        id: "kettle",
        title: "Kettle",
        version: 1,
        expectedPeriodMs: 60_000,
        signals: {
          temp: {
            kind: "gauge",
            title: "Water temperature",
            unit: "Cel",
            range: [0, 110],
            periodMs: 60_000,
          },
          boils_total: { kind: "counter", title: "Times boiled", unit: "1", periodMs: 3_600_000 },
          state: { kind: "state", title: "State", values: ["off", "on"] },
        },
        events: { boiled: { number: 1, title: "Water boiled", severity: "info" } },
        settings: {
          target: { title: "Target", kind: "number", unit: "Cel", range: [40, 100], default: 100 },
        },
        commands: {
          stop: {
            number: 1,
            title: "Stop",
            args: {},
            safeWhen: "state != 'off' && temp > 50.0",
            needsConsent: false,
          },
          show: {
            number: 2,
            title: "Show",
            args: { text: { kind: "string", maxLength: 20, required: true } },
            needsConsent: false,
          },
        },
        features: { keep_warm: { title: "Keep warm", usedBy: { when: "state == 'on'" } } },
        use: { title: "Boilings", unit: "1", counter: "boils_total" },
        adviceCommand: "show",
      },
    });
  });

  test.each(readdirSync(PRODUCTS_DIR))("shipped: %s", (file) => {
    const id = file.replace(/\.yaml$/, "");
    const product = shippedProduct(id);
    expect(product.id).toBe(id);
    expect(product.use).toBeDefined();
    expect(Object.keys(product.features).length).toBeGreaterThan(0);
  });

  test("the advice command may have further arguments when text alone is enough", () => {
    const more = "more: { kind: number, required: false }, loud: { kind: boolean, default: true }";
    expect(messagesOf(GOOD.replace("maxLength: 20 }", `maxLength: 20 }, ${more}`))).toEqual([]);
  });
});

describe("a product file that is wrong is refused with place, value and what would be right", () => {
  test.each([
    {
      from: "version: 1\n",
      to: "version: one\n",
      at: "one",
      says: 'version is "one"; expected a number',
    },
    { from: "title: Kettle\n", to: "", at: "id: kettle", says: "title is missing; expected text" },
    {
      from: "1m",
      to: "60",
      at: "60",
      says: "expectedPeriod is 60; expected a duration such as 30s, 5m, 2h or 1d",
    },
    {
      from: "1m",
      to: "0s",
      at: "0s",
      says: 'expectedPeriod is "0s"; expected a duration above zero',
    },
    {
      from: "kind: gauge",
      to: "kind: gage",
      at: "gage",
      says: 'signals.temp.kind is "gage"; expected kind to be one of gauge, counter, state, flag, text',
    },
    {
      from: "range: [0, 110]",
      to: "range: [110, 0]",
      at: "[110, 0]",
      says: "signals.temp.range is [110,0]; expected [lowest, highest] with lowest below highest",
    },
    {
      from: "unit: Cel, range: [0,",
      to: "range: [0,",
      at: "temp: {",
      says: "signals.temp.unit is missing; expected text",
    },
    {
      from: "  temp:",
      to: "  Temp:",
      at: "Temp:",
      says: "signals.Temp has a bad name; expected lower-case letters, digits and _, beginning with a letter",
    },
    {
      from: "  temp:",
      to: "  in:",
      at: "in:",
      says: "signals.in has a bad name; expected a name that CEL does not reserve",
    },
    {
      from: "unit: Cel, range: [0,",
      to: "unti: Cel, range: [0,",
      at: "unti:",
      says: "signals.temp.unti is not known here; expected no such key",
    },
    {
      from: 'values: ["off", "on"]',
      to: 'values: ["on", "on"]',
      at: '["on", "on"]',
      says: 'signals.state.values is ["on","on"]; expected each value once',
    },
    {
      from: "severity: info",
      to: "severity: bad",
      at: "bad",
      says: 'events.boiled.severity is "bad"; expected one of "info", "warning", "error"',
    },
    {
      from: "default: 100",
      to: "default: 20",
      at: "20",
      says: "settings.target.default is 20; expected a number from 40 to 100 Cel",
    },
    {
      from: "default: 100",
      to: "default: hot",
      at: "hot",
      says: 'settings.target.default is "hot"; expected a number from 40 to 100 Cel',
    },
    {
      from: "number: 2",
      to: "number: 1",
      at: "1, title: Show",
      says: "commands.show.number is 1, as in commands.stop; expected a number of its own",
    },
    {
      from: "  show: {",
      to: "  STOP: {",
      at: "STOP:",
      says: "commands.STOP is STOP in the C header, as is commands.stop; expected codes that differ in more than case and punctuation",
    },
    {
      from: "temp > 50.0",
      to: "tmp > 50.0",
      at: "state != 'off'",
      says: 'commands.stop.safeWhen is "state != \'off\' && tmp > 50.0"; "tmp" is no signal of this product; did you mean "temp"?',
    },
    {
      from: "{ when: state == 'on' }",
      to: "{ event: boild }",
      at: "boild",
      says: 'features.keep_warm.usedBy.event is "boild"; expected an event of this product; did you mean "boiled"?',
    },
    {
      from: "{ when: state == 'on' }",
      to: "{}",
      at: "{}",
      says: "features.keep_warm.usedBy is an object with no keys; expected exactly one of event, when",
    },
    {
      from: "counter: boils_total",
      to: "counter: temp",
      at: "temp",
      says: 'use.counter is "temp"; expected a signal of kind counter; known are boils_total',
    },
    {
      from: "adviceCommand: show",
      to: "adviceCommand: shw",
      at: "shw",
      says: 'adviceCommand is "shw"; expected a command of this product; did you mean "show"?',
    },
    {
      from: "adviceCommand: show",
      to: "adviceCommand: stop",
      at: "stop",
      says: 'adviceCommand is "stop", which has no argument text of kind string; expected a command that shows a text',
    },
    {
      from: "maxLength: 20",
      to: "maxLength: 20, range: [0, 1]",
      at: "range:",
      says: "commands.show.args.text.range is a list of 2; expected no range for kind string",
    },
    {
      from: "text: { kind: string, maxLength: 20 }",
      to: "text: { kind: string }, more: { kind: number }",
      at: "show",
      says: 'adviceCommand is "show", which also requires "more"; expected text alone to be enough',
    },
  ])("$from -> $to", ({ from, to, at, says }) => {
    const text = GOOD.replace(from, to);
    expect(text).not.toBe(GOOD);
    const product = parseProduct("kettle.yaml", text);
    const problems = product.ok ? [] : product.problems;
    expect(problems.map((problem) => problem.message)).toContain(says);
    const problem = problems.find(({ message }) => message === says);
    const line = text.split("\n")[(problem?.line ?? 0) - 1] ?? "";
    const rest = line.slice((problem?.column ?? 0) - 1).replace(/^"/, "");
    expect(rest.slice(0, at.length)).toBe(at);
  });

  test("all problems are told at once, in the order of the file", () => {
    const problems = messagesOf(
      GOOD.replace("version: 1", "version: 0")
        .replace("kind: gauge", "kind: gage")
        .replace("number: 2", "number: 1")
        .replace("adviceCommand: show", "adviceCommand: none"),
    );
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "version",
      "signals.temp.kind",
      "commands.show.number",
      "adviceCommand",
    ]);
  });

  test.each([
    ["", "the file is"],
    ["- a\n- b\n", "the file is"],
    ["a: [1\n", "not valid YAML"],
    ["id: kettle\nid: pot\n", "not valid YAML"],
  ])("no product at all: %j", (text, wanted) => {
    expect(messagesOf(text).join("\n")).toContain(wanted);
  });

  test("a text that YAML cannot read at all is quoted only at its beginning", () => {
    const [message = "", ...more] = messagesOf(`id: kettle\n>-${"quoted ".repeat(2_000)}\n`);
    expect([message, ...more].every(({ length }) => length > 10 && length < 300)).toBe(true);
  });

  test("a key that is a list is refused like any other, without a word to the process", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    expect(messagesOf("id: kettle\n? [a, b]\n: c\n").length).toBeGreaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  test("a file that expands endlessly is refused", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [from, to] of ["ab", "bc", "cd", "de"]) {
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(", ")}]`);
    }
    expect(messagesOf(bomb.join("\n")).length).toBeGreaterThan(0);
  });

  test("no text makes the parser throw", () => {
    fc.assert(
      fc.property(fc.nat({ max: GOOD.length }), fc.string({ maxLength: 8 }), (at, text) => {
        parseProduct("kettle.yaml", `${GOOD.slice(0, at)}${text}${GOOD.slice(at + text.length)}`);
      }),
    );
  });
});
