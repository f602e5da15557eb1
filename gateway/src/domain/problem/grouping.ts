import type { CaseView, Severity } from "#domain/case/case.ts";
import { patchCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { Finding } from "#domain/problem/findings.ts";
import { burst, enriched, isStillBurst } from "#domain/problem/findings.ts";
import { leaveProblem } from "#domain/problem/leave.ts";
import { Likeness } from "#domain/problem/likeness.ts";
import { goOnIn, patchProblem, settleProblem } from "#domain/problem/membership.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import { traitsOf } from "#domain/problem/traits.ts";
import { teamOf } from "#domain/service/case-clocks.ts";
import { stableId } from "#domain/stable-id.ts";

const RANK: Readonly<Record<Severity, number>> = { normal: 0, urgent: 1, safety: 2 };

/** A case has opened: does it belong to a problem, or show one? */
export function compareOpened(world: World, state: CaseState): void {
  const device = world.deviceOf(state);
  state.traits = traitsOf(device);
  const { view } = state;
  const open = problemFor(world, state);
  const likeness = likenessOf(world);
  likeness.add(state);
  if (open !== undefined && open.attribute !== "") {
    join(world, open, [state]);
    return;
  }
  const found = enriched(world, likeness, state);
  if (found !== undefined) {
    if (open === undefined) openProblem(world, state, found);
    else narrow(world, open, found);
    return;
  }
  if (open !== undefined) {
    if (isStillBurst(likeness, view, open.usualPerDay ?? 0)) join(world, open, [state]);
    return;
  }
  const sudden = burst(world, likeness, view);
  if (sudden !== undefined) openProblem(world, state, sudden);
}

/** A case is open again: it may be like others that are, also when their problem was thought solved. */
export function compareReopened(world: World, state: CaseState): void {
  const { view, traits, left } = state;
  if (view.problem !== undefined || traits === undefined || left === true) return;
  const now = traitsOf(world.deviceOf(state));
  const open = problemFor(world, state);
  const likeness = likenessOf(world);
  if (open !== undefined && open.attribute !== "") {
    if (now[open.attribute] === open.value) join(world, open, [state]);
    return;
  }
  const found = enriched(world, likeness, state);
  if (found === undefined || now[found.attribute] !== found.value) return;
  if (open === undefined) openProblem(world, state, found);
  else narrow(world, open, found);
}

function likenessOf(world: World): Likeness {
  if (world.likeness?.follows(world.now) !== true) world.likeness = new Likeness(world);
  return world.likeness;
}

/** The open problem that explains the case; one without an attribute only if no other does. */
function problemFor(world: World, { view, traits = {} }: CaseState): ProblemState | undefined {
  let found: ProblemState | undefined;
  for (const problem of world.problems.values()) {
    const { status, product, rule, attribute, value } = problem;
    if (status !== "open" || product !== view.product || rule !== view.rule) continue;
    if (attribute !== "" && traits[attribute] !== value) continue;
    const better =
      found === undefined ||
      (found.attribute === "" && attribute !== "") ||
      ((found.attribute === "") === (attribute === "") && problem.id < found.id);
    if (better) found = problem;
  }
  return found;
}

function openProblem(world: World, state: CaseState, found: Finding): void {
  const { product, rule, kind, severity, device, title } = state.view;
  const { attribute, value, summary, statistic, usualPerDay } = found;
  const { refires } = state.view;
  const id = stableId("p", [product, rule, attribute, value, state.view.id, refires]);
  const problem: ProblemState = {
    id,
    product,
    rule,
    kind,
    severity,
    title: titleOf(title, found),
    attribute,
    value,
    status: "open",
    openedAt: world.now,
    updatedAt: world.now,
    resolvedAt: null,
    summary,
    nextStep: NEXT,
    statistic,
    cases: [],
    openCases: 0,
    revision: 1,
    tickets: [],
    touched: false,
    told: [],
    due: 0,
    ...(usualPerDay === undefined ? {} : { usualPerDay }),
  };
  world.problems.set(id, problem);
  world.touchProblem(problem);
  world.sayOfProblem(id, "problem_opened", summary);
  world.count("problems_opened_total", { kind });
  join(world, problem, memberStates(world, state.view, found));
  const team = teamOf(world, product);
  if (team === "") return;
  world.owe({
    kind: "notice",
    id: stableId("n", [id, "problem_opened"]),
    device,
    caseId: id,
    team,
    rung: 0,
    about: "problem_opened",
    createdAt: world.now,
    subject: `Problem: ${problem.title} (${product})`,
    text: `${summary}\n${NEXT}\n${problem.cases.length} cases so far. Problem ${id}.`,
  });
}

const NEXT = "Find what they have in common; closing the problem closes its cases.";
const titleOf = (title: string, { attribute, value }: Finding): string =>
  attribute === "" ? `${title}: far more than usual` : `${title}: ${attribute} ${value}`;

/** The cases that a finding is made of; the newest among them. */
function memberStates(world: World, view: CaseView, found: Finding): readonly CaseState[] {
  const { attribute, value } = found;
  const group = world.likeness?.groupOf(view.product, view.rule);
  const day = attribute === "" ? 0 : 1;
  const ids = group?.members(
    ["free", "unexplained"],
    ({ traits, zone }) => zone <= day && (attribute === "" || traits[attribute] === value),
  );
  return (ids ?? []).flatMap((id) => world.cases.get(id) ?? []);
}

function join(world: World, problem: ProblemState, states: readonly CaseState[]): void {
  let { openCases, severity } = problem;
  const goOn = goOnIn(problem);
  for (const state of states) {
    if (state.view.problem === problem.id) continue;
    const { nextStep, status, stage } = state.view;
    if (status !== "resolved") openCases += 1;
    const handed = stage === "escalated" || stage === "approval";
    patchCase(world, state, {
      problem: problem.id,
      ...(handed ? { nextStep: `${goOn}${nextStep}` } : {}),
    });
    problem.cases.push(state.view.id);
    if (RANK[state.view.severity] > RANK[severity]) severity = state.view.severity;
    world.likeness?.caseChanged(state);
    const reason = `It is one of many like it: problem ${problem.id}, ${problem.title}.`;
    world.say(state.view, "joined_problem", reason);
  }
  patchProblem(world, problem, { openCases, severity });
  settleProblem(world, problem);
}

/** A burst turns out to have a cause in common: cases without it stand alone again. */
function narrow(world: World, problem: ProblemState, found: Finding): void {
  const { attribute, value, summary, statistic } = found;
  const members = problem.cases.flatMap((id) => world.cases.get(id) ?? []);
  for (const state of members) {
    if (state.traits?.[attribute] === value) continue;
    leaveProblem(world, state, { why: `its device has not ${attribute} ${value}`, like: true });
  }
  const title = titleOf(
    world.cases.get(problem.cases[0] ?? "")?.view.title ?? problem.title,
    found,
  );
  patchProblem(world, problem, { attribute, value, summary, statistic, title });
  world.sayOfProblem(problem.id, "comment", `It has something in common. ${summary}`);
  const kept = problem.cases.flatMap((id) => world.cases.get(id) ?? []);
  for (const state of kept) world.likeness?.caseChanged(state);
  const first = kept[0];
  if (first !== undefined) join(world, problem, memberStates(world, first.view, found));
}
