import type { Problem } from "@voorzorg/firmware-contracts";
import { ms } from "#domain/rules/kinds/kind.ts";
import { KINDS } from "#domain/rules/kinds/kinds.ts";
import { readUsage, USAGE_KEYS } from "#domain/rules/kinds/usage-kind.ts";
import { checkOrder, readPlaybook, readWithdraw } from "#domain/rules/read-playbook.ts";
import type { PlaybookStep, Rule, RuleTest } from "#domain/rules/rule.ts";
import { fileShape } from "#domain/rules/rule-file-shape.ts";
import { levelsOf } from "#domain/rules/rule-levels.ts";
import type { RuleSource } from "#domain/rules/rule-schema.ts";
import { TEST_KEYS } from "#domain/rules/rule-schema.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import { YamlSource } from "#domain/rules/yaml-source.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** What comes back within three days is the same problem, not a new one. */
const REOPEN_WITHIN: DurationMs = 72 * HOUR_MS;
const MAX_WINDOW: DurationMs = 30 * DAY_MS;

export type ParsedRules =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface RuleFileDraft {
  readonly product: string;
  readonly source: YamlSource;
  /** Rules of which every part could be read, each with its place in the file. */
  readonly rules: readonly (readonly [rule: Rule, path: YamlPath])[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a rule file. The file is refused whole, with every problem at once and its place; nothing
 * about the product is checked yet (that is `compileRuleset`).
 */
export function parseRules(path: string, text: string): ParsedRules {
  const { rules, problems } = draftRules(path, text);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, rules: rules.map(([rule]) => rule) };
}

/** As `parseRules`, but hands on what is right, so that a compiler can find the rest of the problems. */
export function draftRules(path: string, text: string): RuleFileDraft {
  const source = new YamlSource(path, text);
  const shape = fileShape(source);
  const problems = [...shape.problems];
  const reader = new RuleReader(source, shape.product, problems);
  const rules: (readonly [Rule, YamlPath])[] = [];
  for (const [given, index] of shape.rules) {
    const levelled = levelsOf(given, ["rules", index]);
    problems.push(
      ...levelled.problems.map(({ path, message }) => source.keyProblem(path, message)),
    );
    for (const [one, place] of levelled.rules) {
      const rule = reader.rule(one, place);
      if (rule !== undefined) rules.push([rule, place]);
    }
  }
  return { product: shape.product, source, rules, problems };
}

class RuleReader {
  readonly #source: YamlSource;
  readonly #product: string;
  readonly #problems: Problem[];

  constructor(source: YamlSource, product: string, problems: Problem[]) {
    this.#source = source;
    this.#product = product;
    this.#problems = problems;
  }

  rule(rule: RuleSource, path: YamlPath): Rule | undefined {
    const test = this.#test(rule, path);
    const level = rule.level ?? "act";
    const severity = rule.severity ?? "normal";
    if (test !== undefined) this.#timing(rule, test, path);
    const at = (place: YamlPath, message: string) => this.#at(place, message);
    const playbook = readPlaybook(rule.playbook ?? [], [...path, "playbook"], at);
    this.#playbook(rule, playbook, path);
    const steps = playbook.filter((step) => step !== undefined);
    if (test === undefined || steps.length < playbook.length) return undefined;
    return {
      id: rule.id,
      product: this.#product,
      kind: rule.kind,
      severity,
      level,
      keyVersion: rule.keyVersion ?? 1,
      title: rule.title,
      why: rule.why,
      disproof: rule.disproof ?? "",
      test,
      for: ms(rule.for ?? "0s"),
      keep: ms(rule.keep ?? "0s"),
      reopenWithin: rule.reopenWithin === undefined ? REOPEN_WITHIN : ms(rule.reopenWithin),
      playbook: steps,
      ...(rule.withdrawWhen !== undefined && { withdrawWhen: readWithdraw(rule.withdrawWhen) }),
    };
  }

  #test(rule: RuleSource, path: YamlPath): RuleTest | undefined {
    const given = TEST_KEYS.filter((key) => rule[key] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? "has none" : `has ${given.join(" and ")}`;
      const message = `rule "${rule.id}" needs exactly one of ${TEST_KEYS.join(", ")}, or levels; it ${found}`;
      this.#problems.push(this.#source.problem(path, message));
      return undefined;
    }
    if (rule.clear !== undefined && rule.when === undefined) {
      this.#at([...path, "clear"], "`clear` goes with `when` only");
    }
    const { when, event, count, silence, usage } = rule;
    if (when !== undefined) {
      return {
        type: "condition",
        when,
        ...(rule.clear === undefined ? {} : { clear: rule.clear }),
      };
    }
    if (event !== undefined) {
      const clear = event.clearCode === undefined ? {} : { clearCode: event.clearCode };
      const where = event.where === undefined ? {} : { where: event.where };
      return { type: "event", code: event.code, ...clear, ...where };
    }
    if (count !== undefined) return this.#count(count, [...path, "count"]);
    if (silence !== undefined) return { type: "silence", after: ms(silence.after) };
    for (const kind of KINDS) {
      const given = (rule as Readonly<Record<string, unknown>>)[kind.key];
      if (given !== undefined) return kind.read(given);
    }
    return usage === undefined ? undefined : this.#usage(usage, [...path, "usage"]);
  }

  #count(count: NonNullable<RuleSource["count"]>, path: YamlPath): RuleTest | undefined {
    const { event, when, atLeast } = count;
    const clear = count.clearCode === undefined ? {} : { clearCode: count.clearCode };
    const within = ms(count.within);
    if (within === 0 || within > MAX_WINDOW) {
      this.#at([...path, "within"], "the window must be longer than 0 and at most 30d");
    }
    if (event !== undefined && when === undefined) {
      return { type: "count", of: { event }, atLeast, within, ...clear };
    }
    if (when !== undefined && event === undefined) {
      return { type: "count", of: { when }, atLeast, within, ...clear };
    }
    this.#at(path, "`count` needs exactly one of event, when");
    return undefined;
  }

  #usage(usage: NonNullable<RuleSource["usage"]>, path: YamlPath): RuleTest | undefined {
    const test = readUsage(usage);
    if (test === undefined) {
      this.#at(path, `\`usage\` needs exactly one of ${USAGE_KEYS.join(", ")}`);
    }
    return test;
  }

  #timing(rule: RuleSource, test: RuleTest, path: YamlPath): void {
    if (rule.for === undefined) return;
    const kind = KINDS.find(({ type }) => type === test.type);
    if (test.type === "condition" || kind?.takesFor === true) return;
    const others = KINDS.filter(({ takesFor }) => takesFor).map(({ key }) => `, \`${key}\``);
    const message = `\`for\` goes with \`when\`${others.join("")}: a rule of kind ${test.type} has its own time`;
    this.#problems.push(this.#source.keyProblem([...path, "for"], message));
  }

  #playbook(rule: RuleSource, steps: readonly (PlaybookStep | undefined)[], path: YamlPath): void {
    const place = [...path, "playbook"];
    if (rule.level === "watch") {
      if (steps.length > 0) {
        const message =
          "a watch opens no case, so its playbook would never run; remove it or use level: act";
        this.#problems.push(this.#source.keyProblem(place, message));
      }
      return;
    }
    if (steps.length === 0) {
      this.#at(place, `rule "${rule.id}" needs a playbook that ends with escalate`);
      return;
    }
    checkOrder(steps, place, (at, message) => this.#at(at, message));
  }

  #at(path: YamlPath, message: string): void {
    this.#problems.push(this.#source.problem(path, message));
  }
}
