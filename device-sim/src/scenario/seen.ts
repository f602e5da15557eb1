import type { AnsweredCommand } from "../fleet/answering.ts";
import { instantMs } from "../gateway-http.ts";
import type {
  AlertItem,
  CaseItem,
  CasePage,
  DevicePage,
  FixItem,
  ProblemItem,
  ProblemPage,
} from "../gateway-views.ts";
import type { ProblemRef } from "./fields.ts";
import type { Scenario } from "./scenario.ts";

/** What the gateway said at one moment. */
export interface Look {
  readonly cases: readonly CasePage[];
  readonly problems: readonly ProblemPage[];
  readonly fixes: readonly FixItem[];
  readonly devices: ReadonlyMap<string, DevicePage>;
  /** By `product/rule`. */
  readonly value: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** A command that a case asked for, and the states in which it was seen. */
export interface CommandHistory {
  readonly device: string;
  readonly id: string;
  /** Its name and arguments. */
  readonly what: string;
  /** Simulated time of each of its states. */
  readonly seenMs: readonly number[];
  readonly states: readonly string[];
}

/** What came of what a person did. */
export interface Judgement {
  readonly title: string;
  /** Undefined when it was met, else what was seen instead. */
  readonly failure: string | undefined;
  /** The explanation that was asked for, as people read it. */
  readonly said?: string;
}

/** What the gateway made of a scenario. */
export interface Seen {
  readonly end: Look;
  /** By time since the start, ms: where an expectation asks for it. */
  readonly at: ReadonlyMap<number, Look>;
  /** Every alert that fired, also those that are over. */
  readonly alerts: readonly AlertItem[];
  /** What the devices say that they got and answered, in the order of time. */
  readonly answers: readonly AnsweredCommand[];
  readonly commands: readonly CommandHistory[];
}

export interface Court {
  readonly scenario: Scenario;
  readonly seen: Seen;
}

/** @throws TypeError if nobody looked then. */
export function lookAt(seen: Seen, at: number | undefined): Look {
  const look = at === undefined ? seen.end : seen.at.get(at);
  if (look === undefined) throw new TypeError(`nobody looked ${at} ms after the start`);
  return look;
}

export const newestCase = <C extends CaseItem>(
  cases: readonly C[],
  about: { readonly device: string; readonly rule: string },
): C | undefined =>
  cases
    .filter(({ device, rule }) => device === about.device && rule === about.rule)
    .toSorted((a, b) => instantMs(b.openedAt) - instantMs(a.openedAt))[0];

export const newestProblem = <P extends ProblemItem>(
  problems: readonly P[],
  ref: ProblemRef,
): P | undefined =>
  problems
    .filter(
      ({ rule, attribute, value }) =>
        rule === ref.rule &&
        (ref.attribute ?? attribute) === attribute &&
        (ref.value ?? value) === value,
    )
    .toSorted((a, b) => instantMs(b.openedAt) - instantMs(a.openedAt))[0];

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** E.g. `1d 2h`. */
export function spanText(ms: number): string {
  let left = ms;
  const parts = UNITS.flatMap(([unit, size]) => {
    const whole = Math.floor(left / size);
    left -= whole * size;
    return whole === 0 ? [] : [`${whole}${unit}`];
  });
  return parts.length === 0 ? "0s" : parts.join(" ");
}

export const atText = (at: number | undefined): string =>
  at === undefined ? "at the end" : `at ${spanText(at)}`;

/** The case's story, for a person who wants to know why it is not as expected. */
export function storyOf(one: CasePage): string {
  const lines = one.timeline.slice(0, 40).map(({ at, kind, reason }) => `${at} ${kind}: ${reason}`);
  return `the case is ${one.status} (${one.stage}):\n${lines.join("\n")}`;
}

/** What is not as it should be, a sentence each; keys that are not asked for are left out. */
export function differences(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.entries(found).flatMap(([key, value]) => {
    const asked = wanted[key];
    if (asked === undefined || asked === value) return [];
    return [`${key} is ${JSON.stringify(value)}, expected ${JSON.stringify(asked)}`];
  });
}

/** E.g. `status "open", stage "acting"`. */
export const asked = (wanted: Readonly<Record<string, unknown>>, keys: readonly string[]): string =>
  keys
    .filter((key) => wanted[key] !== undefined)
    .map((key) => `${key} ${JSON.stringify(wanted[key])}`)
    .join(", ");

/** Whether a step does what these words say; `set_heater` are not the last words of `reset_heater`. */
export function does(what: string, words: string): boolean {
  const place = what.indexOf(words);
  return place === 0 || (place > 0 && !/\w/.test(what.charAt(place - 1)));
}
