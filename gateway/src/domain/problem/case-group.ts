import type { Traits } from "#domain/problem/traits.ts";
import { TraitCounts } from "#domain/problem/traits.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/**
 * `free`: in no problem. `unexplained`: in an open problem whose cases have nothing in common yet.
 * `grouped`: in any other problem. `left`: judged to be no sign of anything common.
 */
export type Standing = "free" | "unexplained" | "grouped" | "left";

export interface Member {
  readonly id: string;
  readonly device: string;
  readonly at: EpochMs;
  /** What the device had in common with others when the case opened. */
  readonly traits: Traits;
  standing: Standing;
  /** 0: opened within the last day, 1: within the window, 2: within the usual days, 3: longer ago. */
  zone: 0 | 1 | 2 | 3;
}

export interface CaseGroup {
  /** Cases of the last day that are free or unexplained, and the devices that they are on. */
  readonly recent: number;
  readonly recentDevices: number;
  /** Cases of the usual days before the last one, whatever became of them. */
  readonly usual: number;
  /** Devices with a case in the window that is free or unexplained. */
  readonly affected: number;
  /** … that had the value when it opened, and still have it. */
  affectedWith(name: string, value: string): number;
  /** Ids of the cases in the window that stand so, oldest first. */
  members(standings: readonly Standing[], fits: (member: Member) => boolean): readonly string[];
}

interface Options {
  readonly window: DurationMs;
  readonly usual: DurationMs;
  readonly traitsNow: (device: string) => Traits;
  readonly forget: (id: string) => void;
}

const isCounted = (standing: Standing): boolean =>
  standing === "free" || standing === "unexplained";

const byAge = (a: Member, b: Member): number => a.at - b.at || (a.id < b.id ? -1 : 1);

/** The cases of one rule of one product, counted as they come, change and grow old. */
export class GroupOfCases implements CaseGroup {
  now: EpochMs = 0;
  recent = 0;
  usual = 0;
  readonly #options: Options;
  /** In the order of their opening; those before each zone's mark are in a later zone. */
  #queue: Member[] = [];
  readonly #marks: [number, number, number] = [0, 0, 0];
  readonly #byId = new Map<string, Member>();
  readonly #byDevice = new Map<string, Member[]>();
  readonly #recentDevices = new Map<string, number>();
  /** What each affected device counts for. */
  readonly #counted = new Map<string, Traits>();
  readonly #counts = new TraitCounts();

  constructor(options: Options) {
    this.#options = options;
  }

  get recentDevices(): number {
    return this.#recentDevices.size;
  }

  get affected(): number {
    return this.#counts.size;
  }

  affectedWith(name: string, value: string): number {
    return this.#counts.count(name, value);
  }

  members(standings: readonly Standing[], fits: (member: Member) => boolean): readonly string[] {
    const inWindow = this.#queue.slice(this.#marks[1]);
    const found = inWindow.filter(
      (m) => this.#byId.has(m.id) && standings.includes(m.standing) && fits(m),
    );
    found.sort(byAge);
    return found.map(({ id }) => id);
  }

  add(member: Member): void {
    this.#queue.push(member);
    this.#byId.set(member.id, member);
    const others = this.#byDevice.get(member.device) ?? [];
    others.push(member);
    others.sort(byAge);
    this.#byDevice.set(member.device, others);
    this.#tally(member, 1);
    this.#recount(member.device);
    this.advance(this.now);
  }

  stand(id: string, standing: Standing): void {
    const member = this.#byId.get(id);
    if (member === undefined || member.standing === standing) return;
    this.#tally(member, -1);
    member.standing = standing;
    this.#tally(member, 1);
    this.#recount(member.device);
  }

  remove(id: string): void {
    const member = this.#byId.get(id);
    if (member === undefined) return;
    this.#tally(member, -1);
    this.#byId.delete(id);
    this.#dropFromDevice(member);
  }

  deviceChanged(device: string): void {
    if (this.#byDevice.has(device)) this.#recount(device);
  }

  /** Lets cases grow old. */
  advance(now: EpochMs): void {
    this.now = Math.max(this.now, now);
    const ages = [DAY_MS, this.#options.window, this.#options.usual] as const;
    for (const zone of [0, 1, 2] as const) {
      for (;;) {
        const member = this.#queue[this.#marks[zone]];
        if (member === undefined || member.at > this.now - ages[zone]) break;
        this.#marks[zone] += 1;
        this.#moveTo(member, (zone + 1) as 1 | 2 | 3);
      }
    }
    // Those that are too old go in bulk, so that a long queue is not copied for each.
    const [, , old] = this.#marks;
    if (old < 64 || old * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(old);
    for (const zone of [0, 1, 2] as const) this.#marks[zone] -= old;
  }

  #moveTo(member: Member, zone: 1 | 2 | 3): void {
    if (!this.#byId.has(member.id)) return;
    this.#tally(member, -1);
    member.zone = zone;
    this.#tally(member, 1);
    if (zone === 2) this.#dropFromDevice(member);
    if (zone < 3) return;
    this.#byId.delete(member.id);
    this.#options.forget(member.id);
  }

  #dropFromDevice({ id, device }: Member): void {
    const rest = (this.#byDevice.get(device) ?? []).filter((m) => m.id !== id);
    if (rest.length === 0) this.#byDevice.delete(device);
    else this.#byDevice.set(device, rest);
    this.#recount(device);
  }

  #tally({ standing, zone, device }: Member, by: 1 | -1): void {
    if (zone === 0 && isCounted(standing)) {
      this.recent += by;
      const count = (this.#recentDevices.get(device) ?? 0) + by;
      if (count === 0) this.#recentDevices.delete(device);
      else this.#recentDevices.set(device, count);
    }
    if (zone === 1 || zone === 2) this.usual += by;
  }

  /** A device counts once, by its newest case, for what it had in common then and still has. */
  #recount(device: string): void {
    const before = this.#counted.get(device);
    if (before !== undefined) this.#counts.add(before, -1);
    const member = this.#byDevice.get(device)?.findLast(({ standing }) => isCounted(standing));
    if (member === undefined) {
      this.#counted.delete(device);
      return;
    }
    const now = this.#options.traitsNow(device);
    const kept = Object.entries(member.traits).filter(([name, value]) => now[name] === value);
    const counted = Object.fromEntries(kept);
    this.#counted.set(device, counted);
    this.#counts.add(counted, 1);
  }
}
