import { instantMs } from "../gateway-http.ts";
import type { CasePage, ServiceTargets, TimelineLine } from "../gateway-views.ts";
import type { Wanted } from "./expectations.ts";
import type { Court, Judgement } from "./seen.ts";
import {
  asked,
  atText,
  differences,
  does,
  lookAt,
  newestCase,
  newestProblem,
  storyOf,
} from "./seen.ts";

export function judgeCases(wanted: Wanted["cases"], { seen }: Court): Judgement {
  const { device, rule, count, at } = wanted;
  const found = lookAt(seen, at).cases.filter(
    (one) => one.device === device && (rule ?? one.rule) === one.rule,
  );
  const title = `${device} has ${count} cases ${rule ?? ""} ${atText(at)}`;
  if (found.length === count) return { title, failure: undefined };
  const list = found.map((one) => `${one.rule} of ${one.openedAt} (${one.status})`);
  return { title, failure: `it has ${found.length}: ${list.join(", ")}` };
}

type Rows = Readonly<Record<string, unknown>>;

/** Compares what is asked of the newest case. */
function judgeNewest(
  wanted: { readonly device: string; readonly rule: string; readonly at?: number | undefined },
  { seen }: Court,
  about: { readonly what: string; readonly rowsOf: (one: CasePage) => Rows | string },
): Judgement {
  const { device, rule, at } = wanted;
  const one = newestCase(lookAt(seen, at).cases, wanted);
  const title = `${device} ${rule} ${atText(at)}: ${about.what}`;
  if (one === undefined) return { title, failure: "there is no such case" };
  const rows = about.rowsOf(one);
  const wrong = typeof rows === "string" ? [rows] : differences(wanted, rows);
  if (wrong.length === 0) return { title, failure: undefined };
  return { title, failure: `${wrong.join("; ")}\n${storyOf(one)}` };
}

const STATE_KEYS = [
  "status",
  "stage",
  "resolution",
  "verdict",
  "acknowledgedBy",
  "callback",
  "suppressed",
  "refires",
  "inProblem",
  "ownerCalled",
] as const;

export function judgeState(wanted: Wanted["state"], court: Court): Judgement {
  return judgeNewest(wanted, court, {
    what: asked(wanted, STATE_KEYS),
    rowsOf: (one) => ({
      status: one.status,
      stage: one.stage,
      resolution: one.resolution ?? "none",
      verdict: one.verdict ?? "none",
      acknowledgedBy: one.acknowledgedBy ?? "none",
      callback: one.callback,
      suppressed: one.suppressed === true,
      refires: one.refires,
      inProblem: one.problem !== undefined,
      ownerCalled: one.ownerCalledAt !== undefined,
    }),
  });
}

/** The newest action that does what is asked for. */
export function judgeAction(wanted: Wanted["action"], court: Court): Judgement {
  return judgeNewest(wanted, court, {
    what: `${wanted.what} has ${asked(wanted, ["state", "proof", "held", "undoable"])}`,
    rowsOf: (one) => {
      const action = one.actions.findLast(({ what }) => does(what, wanted.what));
      if (action === undefined) {
        return `it has only ${one.actions.map(({ what }) => what).join("; ") || "no steps"}`;
      }
      const { state, proof, held = "none", undoable = false } = action;
      return { state, proof, held, undoable };
    },
  });
}

const targetState = (target: ServiceTargets["solution"], warned: boolean): string => {
  if (target.metAt !== null) {
    const late = target.breachedAt !== null;
    return late ? "breached" : "met";
  }
  if (target.breachedAt !== null) return "breached";
  return warned ? "warned" : "open";
};

export function judgeTargets(wanted: Wanted["targets"], court: Court): Judgement {
  return judgeNewest(wanted, court, {
    what: asked(wanted, ["level", "team", "firstResponse", "solution"]),
    rowsOf: ({ targets, timeline }) => {
      if (targets === undefined) return "it has no targets: is there a service file?";
      const warnings = timeline.filter(({ kind }) => kind === "target_warning");
      const warned = (target: ServiceTargets["solution"]): boolean =>
        warnings.some(({ at }) => instantMs(at) >= instantMs(target.warnAt));
      const { level, team, firstResponse, solution } = targets;
      return {
        level,
        team,
        firstResponse: targetState(firstResponse, warned(firstResponse)),
        solution: targetState(solution, warned(solution)),
      };
    },
  });
}

export function judgeTimeline(wanted: Wanted["timeline"], { seen }: Court): Judgement {
  const { at, contains, lacks } = wanted;
  const look = lookAt(seen, at);
  const one =
    wanted.case === undefined
      ? newestProblem(look.problems, wanted.problem ?? { rule: "" })
      : newestCase(look.cases, wanted.case);
  const name =
    wanted.case === undefined
      ? `problem ${wanted.problem?.rule}`
      : `${wanted.case.device} ${wanted.case.rule}`;
  const tells = contains.length === 0 ? [] : [`tells ${contains.join(" > ")}`];
  const title = [`${name} ${atText(at)}`, ...tells, ...lacks.map((text) => `never ${text}`)];
  if (one === undefined) return { title: title.join(", "), failure: "there is none" };
  const wrong = [...missing(one.timeline, contains), ...surplus(one.timeline, lacks)];
  const lines = one.timeline.map((line) => `${line.at} ${line.kind}: ${line.reason}`);
  const failure = wrong.length === 0 ? undefined : `${wrong.join("; ")}\n${lines.join("\n")}`;
  return { title: title.join(", "), failure };
}

/** `kind`, or `kind: words`. */
function says(line: TimelineLine, text: string): boolean {
  const [kind = "", ...rest] = text.split(":");
  const words = rest.join(":").trim().toLowerCase();
  return line.kind === kind.trim() && line.reason.toLowerCase().includes(words);
}

function missing(timeline: readonly TimelineLine[], contains: readonly string[]): string[] {
  let from = 0;
  for (const text of contains) {
    const index = timeline.findIndex((line, place) => place >= from && says(line, text));
    if (index < 0) {
      const after = from === 0 ? "" : ` after line ${from}`;
      return [`"${text}" is not there${after}`];
    }
    from = index + 1;
  }
  return [];
}

const surplus = (timeline: readonly TimelineLine[], lacks: readonly string[]): string[] =>
  lacks
    .filter((text) => timeline.some((line) => says(line, text)))
    .map((text) => `"${text}" must not be there`);
