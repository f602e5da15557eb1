import type { CaseView, ServiceTarget, ServiceTargets } from "#domain/case/case.ts";
import type { CaseClocks, CaseState, TargetClock } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { Calendar } from "#domain/service/calendar.ts";
import type { ServiceLevel } from "#domain/service/service-file.ts";
import { levelFor, teamFor } from "#domain/service/service-file.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

export const TARGETS = ["firstResponse", "solution"] as const;
export type TargetName = (typeof TARGETS)[number];

/** Of a calendar that is no longer in the service file. */
const ALWAYS = new Calendar({
  timeZone: "UTC",
  week: Array.from({ length: 7 }, () => [[0, 1_440]] as const),
  holidays: new Set(),
});

/** The team that has the product; "" = none. */
export const teamOf = (world: World, product: string): string =>
  teamFor(world.levels?.service, product)?.name ?? "";

const calendarOf = (world: World, { calendar }: CaseClocks): Calendar =>
  world.levels?.service.calendars.get(calendar) ?? ALWAYS;

/** The clocks count while a person is needed, not while the gateway acts by itself. */
const needsPerson = ({ status, stage }: CaseView): boolean =>
  status !== "resolved" && (stage === "escalated" || stage === "approval");

/** Gives a case that opens, or opens again, its targets by severity and contract. */
export function setTargets(world: World, state: CaseState): void {
  const { severity, product, device } = state.view;
  const contract = String(world.devices.get(device)?.registered.attrs.contract ?? "");
  const service = world.levels?.service;
  const level = service === undefined ? undefined : levelFor(service, { severity, contract });
  if (level === undefined) {
    // Nothing is promised any more.
    if (state.clocks !== undefined) stopTelling(world, state);
    const { targets: _, ...without } = state.view;
    state.view = without;
    delete state.clocks;
    return;
  }
  const { clocks: before, view } = state;
  const clocks: CaseClocks = {
    calendar: level.calendar,
    running: false,
    firstResponse: clockOf(level.firstResponse, level),
    solution: clockOf(level.solution, level),
    due: 0,
    answered: before?.answered ?? false,
  };
  const calendar = calendarOf(world, clocks);
  const answered = clocks.answered ? view.targets?.firstResponse : undefined;
  const targets: ServiceTargets = {
    level: level.name,
    team: teamOf(world, product),
    firstResponse: answered ?? startedAt(world.now, clocks.firstResponse, calendar),
    solution: startedAt(world.now, clocks.solution, calendar),
    paused: true,
  };
  state.clocks = clocks;
  state.view = { ...view, targets };
}

const clockOf = (time: DurationMs, { warnAt }: ServiceLevel): TargetClock => ({
  left: time,
  warnBefore: Math.round(time * (1 - warnAt)),
  told: -1,
});

function startedAt(
  now: EpochMs,
  { left, warnBefore }: TargetClock,
  calendar: Calendar,
): ServiceTarget {
  return {
    dueAt: calendar.add(now, left),
    warnAt: calendar.add(now, Math.max(0, left - warnBefore)),
    metAt: null,
    breachedAt: null,
  };
}

/** After any change of the case's stage or status. */
export function followStage(world: World, state: CaseState, before: CaseView): void {
  if (before.status === "resolved" && state.view.status !== "resolved") setTargets(world, state);
  const { clocks, view } = state;
  if (clocks === undefined || view.targets === undefined) return;
  const needed = needsPerson(view);
  if (needed && !clocks.running) start(world, state, clocks);
  if (!needed && clocks.running) pause(world, state, clocks);
  if (view.status === "resolved" && before.status !== "resolved") {
    for (const name of TARGETS) meet(world, state, { name, tells: clocks.running });
  }
}

function start(world: World, state: CaseState, clocks: CaseClocks): void {
  const { targets } = state.view;
  if (targets === undefined) return;
  const calendar = calendarOf(world, clocks);
  const go = (name: TargetName): ServiceTarget => {
    const target = targets[name];
    const clock = clocks[name];
    // What was overdue when the clock stopped stays overdue.
    if (target.metAt !== null || clock.left <= 0) return target;
    const fresh = startedAt(world.now, clock, calendar);
    return { ...target, dueAt: fresh.dueAt, warnAt: clock.told < 0 ? fresh.warnAt : target.warnAt };
  };
  const { paused: _, ...rest } = targets;
  state.view = {
    ...state.view,
    targets: { ...rest, firstResponse: go("firstResponse"), solution: go("solution") },
  };
  state.clocks = { ...clocks, running: true };
  setNext(world, state);
}

function pause(world: World, state: CaseState, clocks: CaseClocks): void {
  const { targets } = state.view;
  if (targets === undefined) return;
  const calendar = calendarOf(world, clocks);
  const rest = (name: TargetName): TargetClock => {
    const { dueAt, metAt } = targets[name];
    if (metAt !== null) return clocks[name];
    const ahead = calendar.between(world.now, dueAt);
    return { ...clocks[name], left: ahead > 0 ? ahead : -calendar.between(dueAt, world.now) };
  };
  state.clocks = {
    ...clocks,
    running: false,
    firstResponse: rest("firstResponse"),
    solution: rest("solution"),
  };
  state.view = { ...state.view, targets: { ...targets, paused: true } };
  stopTelling(world, state);
}

/** An agent did something with the case: that answers it. */
export function answeredByAgent(world: World, state: CaseState): void {
  const { clocks } = state;
  if (clocks === undefined || clocks.answered) return;
  state.clocks = { ...clocks, answered: true };
  meet(world, state, { name: "firstResponse", tells: clocks.running });
  world.touchCase(state);
  if (clocks.running) setNext(world, state);
}

function meet(
  world: World,
  state: CaseState,
  { name, tells }: { readonly name: TargetName; readonly tells: boolean },
): void {
  const { targets } = state.view;
  const target = targets?.[name];
  if (targets === undefined || target === undefined || target.metAt !== null) return;
  state.view = { ...state.view, targets: { ...targets, [name]: { ...target, metAt: world.now } } };
  if (!tells || target.breachedAt !== null || world.now > target.dueAt) return;
  const what = name === "firstResponse" ? "The first response" : "The solution";
  world.say(state.view, "target_met", `${what} came in time.`);
}

/** When a rung of the target is told; 0 = no more. */
export function tellAt(world: World, state: CaseState, name: TargetName): EpochMs {
  const target = state.view.targets?.[name];
  const { clocks } = state;
  if (target === undefined || clocks === undefined || target.metAt !== null) return 0;
  const { told, warnBefore } = clocks[name];
  if (told < 0) return target.warnAt;
  if (told === 0) return target.dueAt;
  return told === 1 ? calendarOf(world, clocks).add(target.dueAt, warnBefore) : 0;
}

/** Sets the timer for whatever is told next. */
export function setNext(world: World, state: CaseState): void {
  if (state.clocks === undefined) return;
  const times = TARGETS.map((name) => tellAt(world, state, name)).filter((at) => at !== 0);
  // What is overdue already, after a pause or on another calendar, is told next.
  const due = times.length === 0 ? 0 : Math.max(Math.min(...times), world.now + 1);
  state.clocks = { ...state.clocks, due };
  world.timers.set(`t/${state.view.id}`, due);
  world.touchCase(state);
}

function stopTelling(world: World, state: CaseState): void {
  if (state.clocks !== undefined) state.clocks = { ...state.clocks, due: 0 };
  world.timers.set(`t/${state.view.id}`, 0);
}
