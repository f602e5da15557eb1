import type { AlertItem, CaseAction, CasePage, Explanation } from "../gateway-http.ts";
import { instantMs } from "../gateway-http.ts";
import type { Expectation, Explains, Scenario } from "./scenario.ts";
import { subjectOf } from "./scenario.ts";

/** What came of one expectation. */
export interface Judgement {
  readonly title: string;
  /** Undefined when it was met, else what was seen instead. */
  readonly failure: string | undefined;
  /** The explanation that was asked for, as people read it. */
  readonly said?: string;
}

/** What the gateway made of a scenario. */
export interface Seen {
  readonly cases: readonly CasePage[];
  /** Every alert that fired, also those that are over. */
  readonly alerts: readonly AlertItem[];
}

interface Wanted {
  readonly device: string;
  readonly rule: string;
  readonly within: number;
  readonly explains?: Explains | undefined;
}

const minutes = (ms: number): string => `${Math.round(ms / 6_000) / 10} min`;

/** Compares what the gateway made of it with what the scenario expects. Pure. */
export function judge(scenario: Scenario, seen: Seen): readonly Judgement[] {
  return scenario.expect.map((item) => {
    if ("alert" in item) return judgeAlert(item.alert, scenario, seen.alerts);
    if ("noAlert" in item) return judgeNoAlert(item.noAlert, seen.alerts);
    return judgeCase(item, scenario, seen.cases);
  });
}

function judgeNoAlert(
  { device, rule }: { readonly device: string; readonly rule?: string | undefined },
  alerts: readonly AlertItem[],
): Judgement {
  const found = alerts.filter((one) => one.device === device && (rule ?? one.rule) === one.rule);
  const title = `${device} gets no alert${rule === undefined ? "" : ` ${rule}`}`;
  const seen = found.map((one) => `${one.rule}: ${one.evidence?.observed}`).join("; ");
  return { title, failure: found.length === 0 ? undefined : seen };
}

function judgeAlert(wanted: Wanted, scenario: Scenario, alerts: readonly AlertItem[]): Judgement {
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

type CaseExpectation = Exclude<Expectation, { alert: unknown } | { noAlert: unknown }>;

function judgeCase(
  item: CaseExpectation,
  scenario: Scenario,
  cases: readonly CasePage[],
): Judgement {
  const { device, rule } = subjectOf(item);
  const found = cases.filter((one) => one.device === device && (rule ?? one.rule) === one.rule);
  if ("noCase" in item) {
    const title = `${device} gets no case${rule === undefined ? "" : ` ${rule}`}`;
    const seen = found.map((one) => `${one.rule} opened at ${one.openedAt}`).join(", ");
    return { title, failure: found.length === 0 ? undefined : seen };
  }
  const [kind, wanted] = wantedOf(item);
  const title = `${device} ${kind.title} ${wanted.rule} within ${minutes(wanted.within)}`;
  const first = found.toSorted((a, b) => instantMs(a.openedAt) - instantMs(b.openedAt))[0];
  if (first === undefined) {
    const others = cases.filter((one) => one.device === device).map((one) => one.rule);
    const seen = others.length === 0 ? "no case at all" : `only cases ${others.join(", ")}`;
    return { title, failure: `the device has ${seen}` };
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

function wantedOf(item: Exclude<CaseExpectation, { noCase: unknown }>): readonly [Kind, Wanted] {
  if ("case" in item) {
    return [{ title: "gets a case", momentOf: (one) => instantMs(one.openedAt) }, item.case];
  }
  if ("fix" in item) {
    const { command } = item.fix;
    const proved = (action: CaseAction): boolean =>
      action.kind === "command" &&
      action.proof === "proved" &&
      (command === undefined || action.what.startsWith(command));
    const by = command === undefined ? "" : ` by ${command}`;
    const momentOf = (one: CasePage): number | undefined =>
      one.actions.some(proved) ? timelineMs(one, "proved") : undefined;
    return [{ title: `is fixed${by}, proved by telemetry, case`, momentOf }, item.fix];
  }
  if ("advice" in item) {
    const momentOf = (one: CasePage): number | undefined => {
      const advice = one.actions.find((action) => action.kind === "advice");
      return advice === undefined ? undefined : instantMs(advice.startedAt);
    };
    return [{ title: "gets an advice, case", momentOf }, item.advice];
  }
  if ("escalated" in item) {
    const momentOf = (one: CasePage): number | undefined => timelineMs(one, "escalated");
    return [{ title: "is handed to a person, case", momentOf }, item.escalated];
  }
  const momentOf = (one: CasePage): number | undefined => timelineMs(one, "resolved");
  return [{ title: "is resolved, case", momentOf }, item.resolved];
}

/** `within` counts from the device's first trouble, or from the start. */
function beginOf(scenario: Scenario, device: string): number {
  const troubles = scenario.when.filter((step) => step.device === device).map(({ at }) => at);
  return Date.parse(scenario.start) + Math.min(...(troubles.length === 0 ? [0] : troubles));
}

function timelineMs(one: CasePage, kind: string): number | undefined {
  const line = one.timeline.find((candidate) => candidate.kind === kind);
  return line === undefined ? undefined : instantMs(line.at);
}

function storyOf(one: CasePage): string {
  const lines = one.timeline.slice(0, 12).map(({ at, kind, reason }) => `${at} ${kind}: ${reason}`);
  return `the case is ${one.status} (${one.stage}):\n${lines.join("\n")}`;
}
