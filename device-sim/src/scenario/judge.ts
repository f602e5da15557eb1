import type { Expectation, ExpectationKind, Wanted } from "./expectations.ts";
import { kindOf } from "./expectations.ts";
import { judgeAction, judgeCases, judgeState, judgeTargets, judgeTimeline } from "./judge-case.ts";
import {
  judgeAdvice,
  judgeAlert,
  judgeCase,
  judgeEscalated,
  judgeFix,
  judgeNoAlert,
  judgeNoCase,
  judgeResolved,
} from "./judge-found.ts";
import {
  judgeCommand,
  judgeFixes,
  judgeNoCommand,
  judgeNoProblem,
  judgeProblem,
  judgeSetting,
  judgeValue,
} from "./judge-things.ts";
import type { Scenario } from "./scenario.ts";
import type { Court, Judgement, Seen } from "./seen.ts";

type Judge<K extends ExpectationKind> = (wanted: Wanted[K], court: Court) => Judgement;

const JUDGES: { readonly [K in ExpectationKind]: Judge<K> } = {
  case: judgeCase,
  alert: judgeAlert,
  fix: judgeFix,
  advice: judgeAdvice,
  escalated: judgeEscalated,
  resolved: judgeResolved,
  noCase: judgeNoCase,
  noAlert: judgeNoAlert,
  cases: judgeCases,
  state: judgeState,
  action: judgeAction,
  timeline: judgeTimeline,
  targets: judgeTargets,
  problem: judgeProblem,
  noProblem: judgeNoProblem,
  fixes: judgeFixes,
  command: judgeCommand,
  noCommand: judgeNoCommand,
  setting: judgeSetting,
  value: judgeValue,
};

/** Compares what the gateway made of it with what the scenario expects. Pure. */
export function judge(scenario: Scenario, seen: Seen): readonly Judgement[] {
  return scenario.expect.map((item) => judgeOne(kindOf(item), item, { scenario, seen }));
}

function judgeOne<K extends ExpectationKind>(kind: K, item: Expectation, court: Court): Judgement {
  const wanted: Wanted[K] | undefined = item[kind];
  if (wanted === undefined) throw new TypeError(`an expectation without ${kind}`);
  return JUDGES[kind](wanted, court);
}
