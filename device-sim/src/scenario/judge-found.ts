import { instantMs } from "../gateway-http.ts";
import type { AlertItem, CaseAction, CasePage, Explanation } from "../gateway-views.ts";
import { HABIT_NAMES } from "../models/common-troubles.ts";
import type { Wanted as ByKind, Explains } from "./expectations.ts";
import type { Scenario } from "./scenario.ts";
import type { Court, Judgement } from "./seen.ts";
import { storyOf } from "./seen.ts";

const minutes = (ms: number): string => `${Math.round(ms / 6_000) / 10} min`;

interface Wanted {
  readonly device: string;
  readonly rule: string;
  readonly within: number;
  readonly explains?: Explains | undefined;
}

export function judgeNoAlert({ device, rule }: ByKind["noAlert"], { seen }: Court): Judgement {
  const found = seen.alerts.filter(
    (one) => one.device === device && (rule ?? one.rule) === one.rule,
  );
  const title = `${device} gets no alert${rule === undefined ? "" : ` ${rule}`}`;
  const others = found.map((one) => `${one.rule}: ${one.evidence?.observed}`).join("; ");
  return { title, failure: found.length === 0 ? undefined : others };
}

export function judgeAlert(wanted: ByKind["alert"], court: Court): Judgement {
  return judgeFired(wanted, court.scenario, court.seen.alerts);
}

function judgeFired(wanted: Wanted, scenario: Scenario, alerts: readonly AlertItem[]): Judgement {
  const title = `${wanted.device} raises ${wanted.rule} within ${minutes(wanted.within)}`;
  const found = alerts
    .filter(({ device, rule }) => device === wanted.device && rule === wanted.rule)
    .flatMap(({ evidence }) => evidence ?? [])
    .toSorted((a, b) => instantMs(a.detectedAt) - instantMs(b.detectedAt))[0];
  if (found === undefined) {
    const others = alerts.filter((one) => one.device === wanted.device).map((one) => one.rule);
    const seen = others.length === 0 ? "no alert at all" : `only alerts ${others.join(", ")}`;
    return { title, failure: `the device has ${seen}` };
  }
  const failure =
    mistimed(wanted, scenario, instantMs(found.detectedAt)) ?? unsaid(wanted.explains, found);
  return { title, failure, ...saidBy(wanted, found) };
}

const saidBy = ({ explains }: Wanted, { observed, expected, sure, disproof }: Explanation) =>
  explains === undefined
    ? {}
    : {
        said: `seen: ${observed}\nexpected: ${expected}\nsure: ${sure}\nwrong if: ${disproof}`,
      };

/** Words of the explanation that are missing. */
function unsaid(explains: Explains | undefined, evidence: Explanation): string | undefined {
  if (explains === undefined) return undefined;
  const parts = ["observed", "expected", "sure", "disproof"] as const;
  const missing = parts.flatMap((part) => {
    const text = evidence[part];
    return (explains[part] ?? [])
      .filter((word) => !text.toLowerCase().includes(word.toLowerCase()))
      .map((word) => `"${part}" does not say "${word}" but "${text}"`);
  });
  return missing.length === 0 ? undefined : missing.join("; ");
}

function mistimed(
  { device, within }: Wanted,
  scenario: Scenario,
  atMs: number,
): string | undefined {
  const fromMs = beginOf(scenario, device);
  if (atMs < fromMs) return `it came ${minutes(fromMs - atMs)} too early`;
  const lateMs = atMs - fromMs - within;
  return lateMs > 0 ? `it came ${minutes(lateMs)} too late` : undefined;
}

export function judgeNoCase({ device, rule }: ByKind["noCase"], { seen }: Court): Judgement {
  const found = seen.end.cases.filter(
    (one) => one.device === device && (rule ?? one.rule) === one.rule,
  );
  const title = `${device} gets no case${rule === undefined ? "" : ` ${rule}`}`;
  const opened = found.map((one) => `${one.rule} opened at ${one.openedAt}`).join(", ");
  return { title, failure: found.length === 0 ? undefined : opened };
}

function judgeMoment(kind: Kind, wanted: Wanted, { scenario, seen }: Court): Judgement {
  const { device, rule } = wanted;
  const ofDevice = seen.end.cases.filter((one) => one.device === device);
  const title = `${device} ${kind.title} ${rule} within ${minutes(wanted.within)}`;
  const first = ofDevice
    .filter((one) => one.rule === rule)
    .toSorted((a, b) => instantMs(a.openedAt) - instantMs(b.openedAt))[0];
  if (first === undefined) {
    const others = ofDevice.map((one) => one.rule);
    const found = others.length === 0 ? "no case at all" : `only cases ${others.join(", ")}`;
    return { title, failure: `the device has ${found}` };
  }
  const atMs = kind.momentOf(first);
  if (atMs === undefined) return { title, failure: storyOf(first) };
  const failure = mistimed(wanted, scenario, atMs) ?? unsaid(wanted.explains, first.evidence);
  return { title, failure, ...saidBy(wanted, first.evidence) };
}

interface Kind {
  readonly title: string;
  /** When it happened, ms; undefined if it did not. */
  readonly momentOf: (one: CasePage) => number | undefined;
}

export const judgeCase = (wanted: ByKind["case"], court: Court): Judgement =>
  judgeMoment({ title: "gets a case", momentOf: (one) => instantMs(one.openedAt) }, wanted, court);

export function judgeFix(wanted: ByKind["fix"], court: Court): Judgement {
  const { command } = wanted;
  const proved = (action: CaseAction): boolean =>
    action.kind === "command" &&
    action.proof === "proved" &&
    (command === undefined || action.what.startsWith(command));
  const by = command === undefined ? "" : ` by ${command}`;
  const momentOf = (one: CasePage): number | undefined =>
    one.actions.some(proved) ? timelineMs(one, "proved") : undefined;
  return judgeMoment(
    { title: `is fixed${by}, proved by telemetry, case`, momentOf },
    wanted,
    court,
  );
}

export function judgeAdvice(wanted: ByKind["advice"], court: Court): Judgement {
  const momentOf = (one: CasePage): number | undefined => {
    const advice = one.actions.find((action) => action.kind === "advice");
    return advice === undefined ? undefined : instantMs(advice.startedAt);
  };
  return judgeMoment({ title: "gets an advice, case", momentOf }, wanted, court);
}

export const judgeEscalated = (wanted: ByKind["escalated"], court: Court): Judgement =>
  judgeMoment(
    { title: "is handed to a person, case", momentOf: (one) => timelineMs(one, "escalated") },
    wanted,
    court,
  );

export const judgeResolved = (wanted: ByKind["resolved"], court: Court): Judgement =>
  judgeMoment(
    { title: "is resolved, case", momentOf: (one) => timelineMs(one, "resolved") },
    wanted,
    court,
  );

/** `within` counts from the device's first trouble, or from the start. */
function beginOf(scenario: Scenario, device: string): number {
  const troubles = scenario.when
    .filter(({ trouble }) => trouble !== undefined && !HABIT_NAMES.has(trouble))
    .filter((step) => step.device === device)
    .map(({ at }) => at);
  return Date.parse(scenario.start) + Math.min(...(troubles.length === 0 ? [0] : troubles));
}

function timelineMs(one: CasePage, kind: string): number | undefined {
  const line = one.timeline.find((candidate) => candidate.kind === kind);
  return line === undefined ? undefined : instantMs(line.at);
}
