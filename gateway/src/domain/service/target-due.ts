import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { TargetName } from "#domain/service/case-clocks.ts";
import { setNext, TARGETS, tellAt } from "#domain/service/case-clocks.ts";
import { stableId } from "#domain/stable-id.ts";
import { iso } from "#domain/units.ts";

const WORDS: Readonly<Record<TargetName, string>> = {
  firstResponse: "first response",
  solution: "solution",
};

/** A target's warning, breach or second warning is due. */
export function targetDue(world: World, id: string): void {
  const state = world.cases.get(id);
  if (state?.clocks === undefined) return;
  // Past its time is whatever was due while another was told.
  const name = TARGETS.find((one) => isDue(world, state, one));
  if (name !== undefined) tell(world, state, name);
  setNext(world, state);
}

function isDue(world: World, state: CaseState, name: TargetName): boolean {
  const at = tellAt(world, state, name);
  return at !== 0 && at <= world.now;
}

function tell(world: World, state: CaseState, name: TargetName): void {
  const { clocks } = state;
  const target = state.view.targets?.[name];
  if (clocks === undefined || target === undefined) return;
  const told = clocks[name].told + 1;
  state.clocks = { ...clocks, [name]: { ...clocks[name], told } };
  world.touchCase(state);
  const what = WORDS[name];
  const due = iso(target.dueAt);
  if (told === 0) {
    world.say(state.view, "target_warning", `The ${what} is due at ${due}.`);
  } else if (told === 1) {
    breach(world, state, name);
    world.say(state.view, "target_breached", `The ${what} was due at ${due} and has not come.`);
  }
  const late = told === 0 ? `is due at ${due}` : `is overdue since ${due}`;
  notify(world, state, { told, what: `${what} ${late}`, key: `${name}/${target.dueAt}` });
}

function breach(world: World, state: CaseState, name: TargetName): void {
  const { view } = state;
  const { targets } = view;
  if (targets === undefined) return;
  const target = { ...targets[name], breachedAt: world.now };
  const { revision } = view;
  state.view = {
    ...view,
    targets: { ...targets, [name]: target },
    revision: revision + 1,
    updatedAt: world.now,
  };
}

/** One message to the team's rung; of a problem's cases the first of each rung speaks for all. */
function notify(
  world: World,
  { view }: CaseState,
  { told, what, key }: { readonly told: number; readonly what: string; readonly key: string },
): void {
  const team = view.targets?.team ?? "";
  if (team === "") return;
  const about = told === 0 ? "target_warning" : "target_breached";
  const problem = world.problems.get(view.problem ?? "");
  const shared = problem?.status === "open" ? problem : undefined;
  if (shared !== undefined) {
    const rung = `${key.split("/")[0]}/${told}`;
    if (shared.told.includes(rung)) return;
    shared.told.push(rung);
    world.touchProblem(shared);
  }
  const subject = `${what}: ${shared?.title ?? `${view.title}: ${view.device}`} (${view.product})`;
  const more = shared === undefined ? "" : `It is one of the cases of the problem ${shared.id}.\n`;
  world.owe({
    kind: "notice",
    id: stableId("n", [view.id, key, told]),
    device: view.device,
    caseId: shared?.id ?? view.id,
    team,
    rung: told,
    about,
    createdAt: world.now,
    subject: subject.charAt(0).toUpperCase() + subject.slice(1),
    text: `${view.summary}\n${view.nextStep}\n${more}Case ${view.id}, level ${view.targets?.level ?? ""}.`,
  });
}
