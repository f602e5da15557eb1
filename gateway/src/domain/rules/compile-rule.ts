import type { Problem, ProductModel } from "@voorzorg/firmware-contracts";
import { conditionDetector } from "#domain/detect/condition.ts";
import { CountDetector } from "#domain/detect/count.ts";
import type { Detector, Predicate, Quantity } from "#domain/detect/detector.ts";
import { EventDetector } from "#domain/detect/event.ts";
import { silenceDetector } from "#domain/detect/silence.ts";
import { durationText } from "#domain/detect/wording.ts";
import { compilePredicate, compileQuantity } from "#domain/rules/cel.ts";
import { compilePlaybook } from "#domain/rules/compile-playbook.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { KINDS } from "#domain/rules/kinds/kinds.ts";
import { compileUsage } from "#domain/rules/kinds/usage-kind.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type { RuleTest, RuleView } from "#domain/rules/rule.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import type { YamlPath, YamlSource } from "#domain/rules/yaml-source.ts";

type TestOf<T extends RuleTest["type"]> = Extract<RuleTest, { type: T }>;

/** Compiles the rules of one file against their product, collecting every problem with its place. */
export class RuleCompiler {
  readonly #source: YamlSource;
  readonly #model: ProductModel;
  readonly #problems: Problem[];
  readonly #ruleIds: readonly string[];

  constructor(
    source: YamlSource,
    parts: {
      readonly model: ProductModel;
      readonly problems: Problem[];
      readonly ruleIds: readonly string[];
    },
  ) {
    this.#source = source;
    this.#model = parts.model;
    this.#problems = parts.problems;
    this.#ruleIds = parts.ruleIds;
  }

  /** undefined when something about the rule is wrong; then `problems` has grown. */
  compile(rule: RuleView, path: YamlPath): CompiledRule | undefined {
    const before = this.#problems.length;
    const detector = this.#detector(rule, path);
    const verifications = new Map<number, Predicate>();
    const steps = compilePlaybook(rule, [...path, "playbook"], {
      model: this.#model,
      at: (place, message) => this.#at(place, message),
      predicate: (source, place) => this.#predicate(source, place),
    });
    steps.forEach(({ proof }, number) => {
      if (proof !== undefined) verifications.set(number, proof);
    });
    if (detector === undefined || this.#problems.length > before) return undefined;
    return { rule, detector, verifications, steps };
  }

  #detector(rule: RuleView, path: YamlPath): Detector | undefined {
    const { test } = rule;
    const model = this.#model;
    switch (test.type) {
      case "condition": {
        const when = this.#predicate(test.when, [...path, "when"]);
        const clear =
          test.clear === undefined ? undefined : this.#predicate(test.clear, [...path, "clear"]);
        return when === undefined ? undefined : conditionDetector(rule, { when, clear }, model);
      }
      case "event":
        return this.#event(rule, test, path);
      case "count":
        return this.#count(rule, test, path);
      case "silence":
        this.#longEnough(test, path);
        return silenceDetector(rule, test);
      case "never_used":
      case "never_connected":
      case "hardly_used":
      case "dropped":
      case "stopped":
      case "feature_unused":
      case "unfinished":
        return compileUsage(rule, test, this.#context("usage", path));
      case "sequence":
      case "drift":
      case "baseline":
      case "multivariate":
      case "rate":
      case "stuck":
      case "shift":
      case "cohort":
      case "all":
      case "any":
      case "trend":
        return this.#kind(rule, path);
    }
  }

  /** A kind under its own key compiles itself. */
  #kind(rule: RuleView, path: YamlPath): Detector | undefined {
    const kind = KINDS.find(({ type }) => type === rule.test.type);
    return kind?.compile(rule, rule.test, this.#context(kind.key, path));
  }

  #context(key: string, path: YamlPath): KindContext {
    const numbers = numericSignals(this.#model);
    return {
      model: this.#model,
      path,
      ruleIds: this.#ruleIds,
      at: (place, message) => this.#at(place, message),
      atKey: (place, message) => this.#problems.push(this.#source.keyProblem(place, message)),
      predicate: (source, place) => this.#predicate(source, place),
      calculation: (source, place) => this.#calculation(source, place),
      eventCode: (code, place) => this.#eventCode(code, place),
      numericSignal: (signal, place) => {
        if (numbers.includes(signal)) return;
        const hint = whatIsThere(signal, numbers, "number");
        this.#at(place, `${key} needs a number: "${signal}" is none of the product's; ${hint}`);
      },
    };
  }

  #event(rule: RuleView, test: TestOf<"event">, path: YamlPath): Detector {
    this.#eventCode(test.code, [...path, "event", "code"]);
    if (test.clearCode !== undefined) {
      this.#eventCode(test.clearCode, [...path, "event", "clearCode"]);
      if (test.clearCode === test.code) {
        this.#at([...path, "event", "clearCode"], "an event cannot clear itself");
      }
    }
    const place = [...path, "event", "where"];
    const where = test.where === undefined ? undefined : this.#predicate(test.where, place);
    return new EventDetector(rule, test, { where, model: this.#model });
  }

  #count(rule: RuleView, test: TestOf<"count">, path: YamlPath): Detector {
    const { of, clearCode } = test;
    if (clearCode !== undefined) this.#eventCode(clearCode, [...path, "count", "clearCode"]);
    if ("event" in of) {
      this.#eventCode(of.event, [...path, "count", "event"]);
      return new CountDetector(rule, test, { when: undefined, model: this.#model });
    }
    const when = this.#predicate(of.when, [...path, "count", "when"]);
    return new CountDetector(rule, test, { when, model: this.#model });
  }

  #longEnough(test: TestOf<"silence">, path: YamlPath): void {
    const least = 2 * this.#model.expectedPeriodMs;
    if (test.after >= least) return;
    const message = `the product sends every ${durationText(this.#model.expectedPeriodMs)}: silence is at least ${durationText(least)}, or one lost message is a case`;
    this.#at([...path, "silence", "after"], message);
  }

  #eventCode(code: string, path: YamlPath): void {
    if (Object.hasOwn(this.#model.events, code)) return;
    const hint = whatIsThere(code, Object.keys(this.#model.events), "event");
    this.#at(path, `product "${this.#model.id}" has no event "${code}"; ${hint}`);
  }

  #predicate(source: string, path: YamlPath): Predicate | undefined {
    const compiled = compilePredicate(source, this.#model);
    if (compiled.ok) return compiled.predicate;
    for (const { start, message } of compiled.problems) {
      this.#problems.push(this.#source.textProblem(path, start, message));
    }
    return undefined;
  }

  #calculation(source: string, path: YamlPath): Quantity | undefined {
    const compiled = compileQuantity(source, this.#model);
    if (compiled.ok) return compiled.quantity;
    for (const { start, message } of compiled.problems) {
      this.#problems.push(this.#source.textProblem(path, start, message));
    }
    return undefined;
  }

  #at(path: YamlPath, message: string): void {
    this.#problems.push(this.#source.problem(path, message));
  }
}

const numericSignals = (model: ProductModel): readonly string[] =>
  Object.keys(model.signals).filter((name) => {
    const kind = model.signals[name]?.kind;
    return kind === "gauge" || kind === "counter";
  });
