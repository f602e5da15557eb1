import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { CaseGroup, Standing } from "#domain/problem/case-group.ts";
import { GroupOfCases } from "#domain/problem/case-group.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import type { Traits } from "#domain/problem/traits.ts";
import { TraitCounts, traitsOf } from "#domain/problem/traits.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/** Cases that opened within this are compared with each other by what their devices have in common. */
export const WINDOW_MS: DurationMs = 14 * DAY_MS;
/** Days before the last one that say how many cases of a rule are usual. */
export const USUAL_DAYS = 28;

/** The state that it is gathered from. */
export interface Source {
  readonly now: EpochMs;
  readonly devices: ReadonlyMap<string, DeviceState>;
  readonly cases: ReadonlyMap<string, CaseState>;
  readonly problems: ReadonlyMap<string, ProblemState>;
}

/**
 * Counts over the fleet and its recent cases, kept as they change, so that a new case costs what its
 * device has of attributes. It is nothing but the state counted: gathered anew, it is the same.
 */
export class Likeness {
  readonly #source: Source;
  readonly #fleet = new Map<string, TraitCounts>();
  readonly #groups = new Map<string, GroupOfCases>();
  readonly #groupOfCase = new Map<string, GroupOfCases>();

  constructor(source: Source) {
    this.#source = source;
    for (const device of source.devices.values()) this.deviceCame(device);
    const recent = [...source.cases.values()].filter(
      ({ view }) => view.openedAt > source.now - (USUAL_DAYS + 1) * DAY_MS,
    );
    recent.sort((a, b) => a.view.openedAt - b.view.openedAt || (a.view.id < b.view.id ? -1 : 1));
    for (const state of recent) this.add(state);
  }

  /** False when it cannot follow the clock, which was set back: gather it anew. */
  follows(now: EpochMs): boolean {
    return [...this.#groups.values()].every((group) => group.now <= now);
  }

  fleetOf(product: string): TraitCounts {
    const known = this.#fleet.get(product);
    if (known !== undefined) return known;
    const counts = new TraitCounts();
    this.#fleet.set(product, counts);
    return counts;
  }

  /** Cases of one rule, as of now. */
  groupOf(product: string, rule: string): CaseGroup {
    const group = this.#group(product, rule);
    group.advance(this.#source.now);
    return group;
  }

  add(state: CaseState): void {
    const { id, product, rule, device, openedAt } = state.view;
    if (this.#groupOfCase.has(id)) return;
    const group = this.#group(product, rule);
    group.advance(this.#source.now);
    const traits = state.traits ?? {};
    group.add({ id, device, at: openedAt, traits, standing: this.#standing(state), zone: 0 });
    this.#groupOfCase.set(id, group);
  }

  /** It joined or left a problem, or was judged. */
  caseChanged(state: CaseState): void {
    this.#groupOfCase.get(state.view.id)?.stand(state.view.id, this.#standing(state));
  }

  caseGone(id: string): void {
    this.#groupOfCase.get(id)?.remove(id);
    this.#groupOfCase.delete(id);
  }

  deviceCame(device: DeviceState): void {
    this.fleetOf(device.registered.product).add(traitsOf(device), 1);
  }

  deviceGone(device: DeviceState): void {
    this.fleetOf(device.registered.product).add(traitsOf(device), -1);
  }

  /** Its attributes or firmware are others than `before`. */
  deviceChanged(device: DeviceState, before: Traits): void {
    const { id, product } = device.registered;
    const fleet = this.fleetOf(product);
    fleet.add(before, -1);
    fleet.add(traitsOf(device), 1);
    for (const group of this.#groups.values()) group.deviceChanged(id);
  }

  #group(product: string, rule: string): GroupOfCases {
    const key = `${product}/${rule}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new GroupOfCases({
      window: WINDOW_MS,
      usual: (USUAL_DAYS + 1) * DAY_MS,
      traitsNow: (id) => {
        const device = this.#source.devices.get(id);
        return device === undefined ? {} : traitsOf(device);
      },
      forget: (id) => this.#groupOfCase.delete(id),
    });
    this.#groups.set(key, group);
    return group;
  }

  #standing({ view, left }: CaseState): Standing {
    if (view.problem !== undefined) {
      const problem = this.#source.problems.get(view.problem);
      return problem?.status === "open" && problem.attribute === "" ? "unexplained" : "grouped";
    }
    const judgedOut = view.verdict === "false_alarm" || view.verdict === "duplicate";
    return left === true || judgedOut ? "left" : "free";
  }
}
