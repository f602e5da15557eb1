import type { RuleSource } from "#domain/rules/rule-schema.ts";
import { TEST_KEYS } from "#domain/rules/rule-schema.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";

export interface Levelled {
  readonly rules: readonly (readonly [rule: RuleSource, path: YamlPath])[];
  readonly problems: readonly { readonly path: YamlPath; readonly message: string }[];
}

/** Appended to the id of a rule with levels: the name of its watch. */
const WATCH_SUFFIX = "-watch";
const MAX_ID = 64;

/**
 * A rule with `levels` is two rules: `<id>-watch`, a watch, and then `<id>`, an act, each with the
 * test and times of its level and all else in common; the playbook is the act's. They do not know of
 * each other, so neither waits for the other, and each alert has its own key.
 */
export function levelsOf(rule: RuleSource, path: YamlPath): Levelled {
  const { levels, ...common } = rule;
  if (levels === undefined) return { rules: [[rule, path]], problems: [] };
  const place: YamlPath = [...path, "levels"];
  const misplaced = [...TEST_KEYS, "clear", "for", "keep", "level"] as const;
  const problems = misplaced
    .filter((key) => common[key] !== undefined)
    .map((key) => ({
      path: [...path, key],
      message: `\`${key}\` stands inside of each level: \`levels: { watch: { … }, act: { … } }\``,
    }));
  if (rule.id.length + WATCH_SUFFIX.length > MAX_ID) {
    const most = MAX_ID - WATCH_SUFFIX.length;
    const message = `an id with levels has at most ${most} characters: its watch is "${rule.id}${WATCH_SUFFIX}"`;
    problems.push({ path: [...path, "id"], message });
  }
  if (problems.length > 0) return { rules: [], problems };
  const { playbook, withdrawWhen, ...shared } = common;
  const texts = ({ title, why }: Level) => ({ title: title ?? rule.title, why: why ?? rule.why });
  const watch: RuleSource = {
    ...shared,
    ...given(levels.watch),
    ...texts(levels.watch),
    id: `${rule.id}${WATCH_SUFFIX}`,
    level: "watch",
  };
  const act: RuleSource = {
    ...shared,
    ...given(levels.act),
    ...texts(levels.act),
    ...(playbook !== undefined && { playbook }),
    ...(withdrawWhen !== undefined && { withdrawWhen }),
    level: "act",
  };
  return {
    rules: [
      [watch, [...place, "watch"]],
      [act, [...place, "act"]],
    ],
    problems,
  };
}

type Level = NonNullable<RuleSource["levels"]>["act"];

/** Without the texts, and without what was left out: it must not hide what the rule says for both. */
function given({ title: _title, why: _why, ...level }: Level) {
  return level.disproof === undefined ? omitDisproof(level) : level;
}

function omitDisproof<T extends { readonly disproof?: string | undefined }>(level: T) {
  const { disproof: _disproof, ...rest } = level;
  return rest;
}
