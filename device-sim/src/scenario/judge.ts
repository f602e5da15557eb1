import type { CaseAction, CasePage } from "../gateway-http.ts";
import { instantMs } from "../gateway-http.ts";
import type { Expectation, Scenario } from "./scenario.ts";
import { subjectOf } from "./scenario.ts";

/** What came of one expectation. */
export interface Judgement {
  readonly title: string;
  /** Undefined when it was met, else what was seen instead. */
  readonly failure: string | undefined;
}

interface Wanted {
  readonly device: string;
  readonly rule: string;
  readonly within: number;
}

const minutes = (ms: number): string => `${Math.round(ms / 6_000) / 10} min`;

/** Compares what the gateway made of it with what the scenario expects. Pure. */
export function judge(scenario: Scenario, cases: readonly CasePage[]): readonly Judgement[] {
  return scenario.expect.map((item) => judgeOne(item, scenario, cases));
}

function judgeOne(item: Expectation, scenario: Scenario, cases: readonly CasePage[]): Judgement {
  const { device, rule } = subjectOf(item);
  const fromMs = beginOf(scenario, device);
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
  if (atMs < fromMs) return { title, failure: `it came ${minutes(fromMs - atMs)} too early` };
  const lateMs = atMs - fromMs - wanted.within;
  return { title, failure: lateMs > 0 ? `it came ${minutes(lateMs)} too late` : undefined };
}

interface Kind {
  readonly title: string;
  /** When it happened, ms; undefined if it did not. */
  readonly momentOf: (one: CasePage) => number | undefined;
}

function wantedOf(item: Exclude<Expectation, { noCase: unknown }>): readonly [Kind, Wanted] {
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
