import type { Problem, ProductModel, SignalValue } from "@voorzorg/firmware-contracts";
import { parseDuration } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import type { AlertPhase } from "#domain/alert/alert.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import { formProblems } from "#domain/rules/rule-file-shape.ts";
import type {
  DEVICE_ANSWERS,
  InputSource,
  TestSource,
  ValueSource,
} from "#domain/rules/rule-tests-schema.ts";
import { testFileSchema } from "#domain/rules/rule-tests-schema.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import { YamlSource } from "#domain/rules/yaml-source.ts";
import type { DurationMs } from "#domain/units.ts";

export type DeviceStatus = NonNullable<InputSource["status"]>;

/** One thing that happens in a test; `at` counts from the test's start. */
export type TestStep = { readonly at: DurationMs } & (
  | {
      readonly kind: "samples";
      readonly values: Readonly<Record<string, SignalValue>>;
      /** Another device of the cohort; absent: the device under test. */
      readonly peer?: string;
    }
  | { readonly kind: "event"; readonly code: string }
  | { readonly kind: "status"; readonly status: DeviceStatus }
  | { readonly kind: "downtime"; readonly lasted: DurationMs }
);

export type DeviceAnswer = (typeof DEVICE_ANSWERS)[number];

export interface Expectation {
  readonly at: DurationMs;
  readonly atText: string;
  readonly rule: string;
  readonly phase: AlertPhase | undefined;
  readonly unknown: boolean | undefined;
  /** Names of commands, or `settings`, `advice`, `wait`, `verify`, `undo`. */
  readonly steps: readonly string[] | undefined;
  readonly escalated: boolean | undefined;
  readonly resolved: "fixed" | "recovered" | false | undefined;
  /** Reports a failure at the place of this expectation. */
  readonly problem: (message: string) => Problem;
}

export interface RuleTestCase {
  readonly name: string;
  readonly product: string;
  /** Rules that run; all of the product when undefined. */
  readonly rules: readonly string[] | undefined;
  /** How long before the start the device was activated. */
  readonly activatedBefore: DurationMs;
  /** ISO 8601 instant of `0s`. */
  readonly start: string;
  readonly steps: readonly TestStep[];
  /** What the device says to a command, by its name, or to `settings`; others succeed. */
  readonly answers: Readonly<Record<string, DeviceAnswer>>;
  readonly expect: readonly Expectation[];
  readonly problem: (message: string) => Problem;
}

export type ParsedTests =
  | { readonly ok: true; readonly tests: readonly RuleTestCase[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Steps without a name of their own. */
const STEP_WORDS = ["settings", "advice", "wait", "verify", "undo"];
const START = "2026-01-05T00:00:00Z";
const MAX_STEPS = 200_000;

/** Reads a rule test file against the rules that it tests; refused whole, like a rule file. */
export function parseRuleTests(path: string, text: string, ruleset: CompiledRuleset): ParsedTests {
  const source = new YamlSource(path, text);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const parsed = testFileSchema.safeParse(source.value(), { reportInput: true });
  if (!parsed.success) {
    const schema = z.toJSONSchema(testFileSchema, { io: "input" });
    return { ok: false, problems: formProblems(parsed.error.issues, source, schema) };
  }
  const { product, tests } = parsed.data;
  const compiled = ruleset.products.get(product);
  if (compiled === undefined) {
    const message = `there is no product "${product}"; ${whatIsThere(product, [...ruleset.products.keys()], "product")}`;
    return { ok: false, problems: [source.problem(["product"], message)] };
  }
  const rules = compiled.rules.map(({ rule }) => rule.id);
  const reader = new TestReader(source, { model: compiled.model, rules });
  const cases = tests.map((test, index) => reader.test(test, ["tests", index]));
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, tests: cases };
}

const ms = (text: string): DurationMs => parseDuration(text) ?? 0;

class TestReader {
  readonly problems: Problem[] = [];
  readonly #source: YamlSource;
  readonly #model: ProductModel;
  readonly #rules: readonly string[];

  constructor(
    source: YamlSource,
    known: { readonly model: ProductModel; readonly rules: readonly string[] },
  ) {
    this.#source = source;
    this.#model = known.model;
    this.#rules = known.rules;
  }

  test(test: TestSource, path: YamlPath): RuleTestCase {
    test.rules?.forEach((rule, index) => {
      this.#known(rule, this.#rules, { noun: "rule", path: [...path, "rules", index] });
    });
    const steps: TestStep[] = [];
    let end = 0;
    test.input.forEach((item, index) => {
      const place = [...path, "input", index];
      const times = this.#times(item, { end, place });
      end = times.at(-1) ?? end;
      steps.push(...this.#steps(item, times, place));
    });
    const expect = test.expect.map((one, index) => {
      const place = [...path, "expect", index];
      this.#known(one.rule, test.rules ?? this.#rules, { noun: "rule", path: [...place, "rule"] });
      const problem = (message: string) => this.#source.problem(place, message);
      const { at, rule, phase, unknown, steps, escalated, resolved } = one;
      if ([phase, steps, escalated, resolved].every((given) => given === undefined)) {
        this.#at(place, "an expectation needs at least one of phase, steps, escalated, resolved");
      }
      steps?.forEach((step, i) => {
        const path = [...place, "steps", i];
        this.#known(step, this.#stepNames(), { noun: "step", path });
      });
      const playbook = { steps, escalated, resolved };
      return { at: ms(at), atText: at, rule, phase, unknown, ...playbook, problem };
    });
    const answers = test.given?.answers ?? {};
    for (const name of Object.keys(answers)) {
      const known = [...Object.keys(this.#model.commands), "settings"];
      this.#known(name, known, { noun: "command", path: [...path, "given", "answers", name] });
    }
    return {
      name: test.name,
      product: this.#model.id,
      rules: test.rules,
      activatedBefore: ms(test.given?.activatedBefore ?? "0s"),
      start: test.given?.start ?? START,
      steps: steps.toSorted((a, b) => a.at - b.at),
      answers,
      expect: expect.toSorted((a, b) => a.at - b.at),
      problem: (message) => this.#source.problem([...path, "name"], message),
    };
  }

  #times(item: InputSource, { end, place }: { end: DurationMs; place: YamlPath }): DurationMs[] {
    if (item.at !== undefined) {
      if (item.every !== undefined) this.#at(place, "use either at or every, not both");
      return [ms(item.at)];
    }
    if (item.every === undefined || item.until === undefined) {
      this.#at(place, "an input needs `at`, or `every` and `until`");
      return [];
    }
    const every = ms(item.every);
    const until = ms(item.until);
    const first = item.from === undefined ? end + every : ms(item.from);
    const count = every === 0 ? 0 : Math.floor((until - first) / every) + 1;
    if (count < 1) this.#at(place, "nothing happens: `until` lies before the first moment");
    if (count > MAX_STEPS) this.#at(place, `more than ${MAX_STEPS} moments`);
    return Array.from(
      { length: Math.min(Math.max(count, 0), MAX_STEPS) },
      (_, i) => first + i * every,
    );
  }

  #steps(item: InputSource, times: readonly DurationMs[], place: YamlPath): TestStep[] {
    const given = (["set", "event", "status", "downtime"] as const).filter(
      (key) => item[key] !== undefined,
    );
    if (given.length !== 1) {
      this.#at(place, "an input needs exactly one of set, event, status, downtime");
      return [];
    }
    const { set, event: code, status, downtime, peer } = item;
    if (peer !== undefined && set === undefined) {
      this.#at(place, "`peer` goes with `set`: of other devices only readings matter");
    }
    if (set !== undefined) {
      for (const [name, given] of Object.entries(set)) this.#signal(name, given, [...place, "set"]);
      return times.map((at, i) => ({
        at,
        kind: "samples",
        values: valuesAt(set, i, times.length),
        ...(peer !== undefined && { peer }),
      }));
    }
    if (code !== undefined) {
      const path = [...place, "event"];
      this.#known(code, Object.keys(this.#model.events), { noun: "event", path });
      return times.map((at) => ({ at, kind: "event", code }));
    }
    if (status !== undefined) return times.map((at) => ({ at, kind: "status", status }));
    const lasted = ms(downtime ?? "0s");
    return times.map((at) => ({ at, kind: "downtime", lasted }));
  }

  #signal(name: string, given: ValueSource, path: YamlPath): void {
    if (!this.#known(name, Object.keys(this.#model.signals), { noun: "signal", path })) return;
    const signal = this.#model.signals[name];
    if (given === null || signal === undefined) return;
    const place = [...path, name];
    switch (signal.kind) {
      case "gauge":
      case "counter":
        if (typeof given === "number" || Array.isArray(given)) return;
        {
          this.#at(place, `${name} is a number`);
          return;
        }
      case "flag":
        if (typeof given !== "boolean") this.#at(place, `${name} is true or false`);
        return;
      case "state": {
        const values = signal.values ?? [];
        if (typeof given === "string" && values.includes(given)) return;
        this.#at(place, `${name} is one of ${values.join(", ")}`);
        return;
      }
      case "text":
        if (typeof given !== "string") this.#at(place, `${name} is a text`);
    }
  }

  #stepNames(): readonly string[] {
    return [...Object.keys(this.#model.commands), ...STEP_WORDS];
  }

  #known(name: string, known: readonly string[], at: { noun: string; path: YamlPath }): boolean {
    if (known.includes(name)) return true;
    this.#at(at.path, `there is no ${at.noun} "${name}"; ${whatIsThere(name, known, at.noun)}`);
    return false;
  }

  #at(path: YamlPath, message: string): void {
    this.problems.push(this.#source.problem(path, message));
  }
}

function valuesAt(
  set: NonNullable<InputSource["set"]>,
  index: number,
  count: number,
): Readonly<Record<string, SignalValue>> {
  const share = count > 1 ? index / (count - 1) : 1;
  return Object.fromEntries(
    Object.entries(set).map(([name, given]) => {
      if (!Array.isArray(given)) return [name, given];
      const [first, last] = given;
      return [name, first + (last - first) * share];
    }),
  );
}
