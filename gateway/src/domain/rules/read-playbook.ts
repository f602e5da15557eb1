import { ms } from "#domain/rules/kinds/kind.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type { StepSource, WithdrawSource } from "#domain/rules/playbook-schema.ts";
import { STEP_KEYS } from "#domain/rules/playbook-schema.ts";
import type {
  Escalation,
  Guards,
  PlaybookStep,
  StepResult,
  StepUndo,
  TryLimit,
  Verification,
  WithdrawWhen,
} from "#domain/rules/rule.ts";
import { STEP_RESULTS } from "#domain/rules/rule.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";

/** A device that is on answers within seconds; a fix that waits longer meets another situation. */
const COMMAND_EXPIRES_IN: DurationMs = 10 * MINUTE_MS;
/** Advice is as true on Monday as on Friday. */
const ADVICE_EXPIRES_IN: DurationMs = 3 * DAY_MS;
/** Settings are a state, not an act: what was right today is right when the device is back tomorrow. */
const SETTINGS_EXPIRES_IN: DurationMs = DAY_MS;

type Complain = (path: YamlPath, message: string) => void;
type StepKey = (typeof STEP_KEYS)[number] | "verify";

/** Reads the playbook of one rule; undefined for steps that could not be read. */
export function readPlaybook(
  steps: readonly StepSource[],
  path: YamlPath,
  at: Complain,
): readonly (PlaybookStep | undefined)[] {
  const ids = steps.map(({ id }) => id);
  return steps.map((step, index) => {
    const place = [...path, index];
    const { id } = step;
    if (id === "escalate" || id === "resolve") {
      at([...place, "id"], `"${id}" is a word of \`next\` and no id`);
    } else if (id !== undefined && ids.indexOf(id) < index) {
      at([...place, "id"], `there is a step "${id}" already`);
    }
    const read = readStep(step, place, at);
    if (read === undefined) return undefined;
    const named = id === undefined ? read : { ...read, id };
    if (step.next === undefined) return named;
    if (named.kind === "escalate") {
      at([...place, "next"], "escalate has no next: the person who has the case decides");
      return named;
    }
    return { ...named, next: branches(steps, index, { path: [...place, "next"], at }) };
  });
}

function readStep(step: StepSource, path: YamlPath, at: Complain): PlaybookStep | undefined {
  const keys: readonly StepKey[] = STEP_KEYS.filter((key) => step[key] !== undefined);
  const given = keys.length === 0 && step.verify !== undefined ? (["verify"] as const) : keys;
  const [kind] = given;
  if (given.length !== 1 || kind === undefined) {
    at(path, `a step needs exactly one of ${STEP_KEYS.join(", ")}, or verify alone`);
    return undefined;
  }
  misplaced(kind, step, { path, at });
  switch (kind) {
    case "escalate":
      return escalation(step);
    case "wait": {
      const { wait = "0s" } = step;
      const given = typeof wait === "string" ? { atMost: wait } : wait;
      const until = "until" in given ? { until: given.until } : {};
      if (ms(given.atMost) === 0) at([...path, "wait"], "a wait needs time: more than 0");
      return { kind: "wait", ...until, atMost: ms(given.atMost) };
    }
    case "verify":
      if (step.verify === false || step.verify === undefined) {
        at([...path, "verify"], "`verify: false` goes with command, settings and advice");
        return undefined;
      }
      return { kind: "verify", verify: verification(step.verify) };
    case "command": {
      const { name = "", args = {}, expiresIn } = step.command ?? {};
      const guards = readGuards(step, { inner: expiresIn, usual: COMMAND_EXPIRES_IN, path, at });
      return { kind: "command", name, args, ...guards };
    }
    case "settings": {
      const guards = readGuards(step, { inner: undefined, usual: SETTINGS_EXPIRES_IN, path, at });
      return { kind: "settings", settings: step.settings ?? {}, ...guards };
    }
    case "advice": {
      const { advice = "" } = step;
      const given = typeof advice === "string" ? { text: advice, expiresIn: undefined } : advice;
      const inner = given.expiresIn;
      const guards = readGuards(step, { inner, usual: ADVICE_EXPIRES_IN, path, at });
      return { kind: "advice", text: given.text, ...guards };
    }
  }
}

const GUARD_KEYS = [
  "expiresIn",
  "if",
  "else",
  "safety",
  "coolDown",
  "perDevice",
  "perFleet",
  "undo",
] as const;

/** Keys that say nothing about a step of this kind are refused, or they would seem to work. */
function misplaced(
  kind: StepKey,
  step: StepSource,
  { path, at }: { path: YamlPath; at: Complain },
): void {
  if (kind === "command" || kind === "settings" || kind === "advice") return;
  for (const key of GUARD_KEYS) {
    if (step[key] === undefined) continue;
    at([...path, key], `\`${key}\` goes with command, settings and advice, not with ${kind}`);
  }
  if (step.verify === undefined || kind === "verify") return;
  const why =
    kind === "escalate" ? "the person who has the case decides" : "put it into a step of its own";
  at([...path, "verify"], `${kind} has no verify: ${why}`);
}

function readGuards(
  step: StepSource,
  {
    inner,
    usual,
    path,
    at,
  }: { inner: string | undefined; usual: DurationMs; path: YamlPath; at: Complain },
): Guards {
  const { safety, coolDown, perDevice, perFleet } = step;
  if (inner !== undefined && step.expiresIn !== undefined) {
    at([...path, "expiresIn"], "`expiresIn` stands once: inside or beside, not both");
  }
  if (step.else !== undefined && step.if === undefined) {
    at([...path, "else"], "`else` goes with `if`");
  }
  const given = inner ?? step.expiresIn;
  const undo = readUndo(step, path, at);
  return {
    expiresIn: given === undefined ? usual : ms(given),
    ...(step.if !== undefined && { if: step.if }),
    ...(step.else !== undefined && { else: step.else }),
    ...(safety !== undefined && { safety }),
    ...(coolDown !== undefined && { coolDown: ms(coolDown) }),
    ...(perDevice !== undefined && { perDevice: limit(perDevice) }),
    ...(perFleet !== undefined && { perFleet: limit(perFleet) }),
    ...(undo !== undefined && { undo }),
    ...(step.verify === false && { verify: "none" as const }),
    ...(step.verify !== undefined &&
      step.verify !== false && { verify: verification(step.verify) }),
  };
}

function readUndo(step: StepSource, path: YamlPath, at: Complain): StepUndo | undefined {
  const { undo } = step;
  if (undo === undefined) return undefined;
  const place = [...path, "undo"];
  if (step.advice !== undefined) {
    at(place, "what was said cannot be taken back: advice has no undo");
    return undefined;
  }
  if (undo === true) {
    if (step.settings !== undefined) return { kind: "before" };
    at(place, "`undo: true` goes with settings; a command names the command that takes it back");
    return undefined;
  }
  const { command, settings } = undo;
  if (command !== undefined && settings === undefined) {
    return { kind: "command", name: command.name, args: command.args ?? {} };
  }
  if (settings !== undefined && command === undefined) return { kind: "settings", settings };
  at(place, "`undo` needs exactly one of command, settings");
  return undefined;
}

const limit = ({ tries, within }: { tries: number; within: string }): TryLimit => ({
  tries,
  within: ms(within),
});

function verification(verify: Exclude<StepSource["verify"], false | undefined>): Verification {
  const { when, within, inUse, settle } = verify;
  return {
    when,
    within: ms(within),
    ...(verify.for !== undefined && { for: ms(verify.for) }),
    ...(inUse === true && { inUse }),
    ...(typeof inUse === "string" && { inUse: { ms: ms(inUse) } }),
    ...(typeof inUse === "number" && { inUse: { amount: inUse } }),
    ...(settle !== undefined && { settle: ms(settle) }),
  };
}

function escalation(step: StepSource): Escalation {
  const { next = "", advice = "", callback = false } = step.escalate ?? {};
  return { kind: "escalate", next, advice, callback };
}

type Next = Partial<Record<StepResult, number | "resolve">>;

/** Names become indices; forward only, so that every playbook ends. */
function branches(
  steps: readonly StepSource[],
  index: number,
  { path, at }: { path: YamlPath; at: Complain },
): Next {
  const next: Next = {};
  const later = steps.flatMap(({ id }, i) => (id !== undefined && i > index ? [id] : []));
  for (const result of STEP_RESULTS) {
    const word = steps[index]?.next?.[result];
    if (word === undefined) continue;
    const place = [...path, result];
    if (word === "resolve") {
      if (result === "proved") next[result] = "resolve";
      else at(place, `only a proof resolves a case: \`resolve\` does not go with ${result}`);
      continue;
    }
    const found =
      word === "escalate"
        ? steps.findIndex((step, i) => i > index && step.escalate !== undefined)
        : steps.findIndex(({ id }, i) => i > index && id === word);
    if (found >= 0) {
      next[result] = found;
      continue;
    }
    const earlier = steps.findIndex(({ id }) => id === word);
    if (earlier >= 0) {
      const self = earlier === index ? "the step itself" : "an earlier step";
      at(place, `"${word}" is ${self}; \`next\` leads forward only, or a playbook might never end`);
      continue;
    }
    const known = [...later, "escalate", ...(result === "proved" ? ["resolve"] : [])];
    at(place, `there is no later step "${word}"; ${whatIsThere(word, known, "step")}`);
  }
  return next;
}

export function readWithdraw(source: WithdrawSource): WithdrawWhen {
  if (source === "never") return {};
  const { failed, harmful } = source;
  return {
    ...(failed !== undefined && { failed: { share: failed.percent / 100, of: failed.of } }),
    ...(harmful !== undefined && {
      harmful: {
        share: harmful.percent / 100,
        of: harmful.of,
        atLeast: harmful.atLeast ?? 1,
      },
    }),
  };
}

/** Order of the steps: a person comes last, and every step can be come to. */
export function checkOrder(
  steps: readonly (PlaybookStep | undefined)[],
  path: YamlPath,
  at: Complain,
): void {
  const targets = new Set(
    steps.flatMap((step) =>
      step === undefined || step.kind === "escalate" ? [] : Object.values(step.next ?? {}),
    ),
  );
  const last = steps.length - 1;
  steps.forEach((step, index) => {
    if (step === undefined) return;
    if (index === last && step.kind !== "escalate") {
      at(
        [...path, index],
        "the last step must be escalate: when nothing helped, a person must know",
      );
    }
    if (index === last || step.kind !== "escalate" || targets.has(index + 1)) return;
    const message =
      "no step can follow escalate: a person has the case; only a step that `next` leads to may stand here";
    at([...path, index + 1], message);
  });
}
