import type { DurationMs, EpochMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { ReceiverMood } from "./receiver.ts";
import { Dice } from "./scheduler.ts";
import type { StoreMood } from "./stores.ts";

/** What happens to the gateway's machine, to what it talks to, or is asked by a person. */
export type MachineStep =
  | { readonly kind: "kill" | "power_cut" | "stop"; readonly downFor: DurationMs }
  /** The process ends at the n-th point between a write and its sync from then on. */
  | { readonly kind: "crash_in_write"; readonly point: number; readonly powerCut: boolean }
  | { readonly kind: "disk_full"; readonly lasts: DurationMs }
  | { readonly kind: "store"; readonly mood: StoreMood; readonly lasts: DurationMs }
  | { readonly kind: "receiver"; readonly mood: ReceiverMood; readonly lasts: DurationMs }
  | { readonly kind: "server_clock"; readonly by: DurationMs }
  | { readonly kind: "storm" }
  | { readonly kind: "agent"; readonly what: number };

/** What one device does, or what happens to it. */
export type DeviceStep =
  | { readonly kind: "device_clock"; readonly device: number; readonly by: DurationMs }
  | {
      readonly kind: "no_network" | "power_off" | "hot";
      readonly device: number;
      readonly lasts: DurationMs;
    }
  | {
      readonly kind: "cut" | "reboot" | "repeat" | "swap" | "babble" | "dismiss" | "poison";
      readonly device: number;
    };

/** One thing that goes wrong, or that somebody does. Times count from the start of the run. */
export type Step = { readonly at: DurationMs } & (MachineStep | DeviceStep);

export interface Plan {
  readonly devices: number;
  readonly lasts: DurationMs;
  readonly steps: readonly Step[];
}

const DEVICES = 3;

/** What happens in the run of a seed. */
export function planOf(seed: number): Plan {
  const dice = new Dice(seed ^ 0x5bd1e995);
  const lasts = dice.between(60, 200) * MINUTE_MS;
  const count = dice.between(8, 40);
  const steps = Array.from({ length: count }, () => stepOf(dice, lasts));
  // Something to decide about in every run.
  for (let device = 0; device < DEVICES; device += 1) {
    for (let n = dice.between(0, 4); n > 0; n -= 1) {
      steps.push(hot(dice, dice.between(0, lasts), device));
    }
  }
  steps.sort((a, b) => a.at - b.at);
  return { devices: DEVICES, lasts, steps };
}

const hot = (dice: Dice, at: EpochMs, device: number): Step => ({
  kind: "hot",
  at,
  device,
  lasts: dice.between(4, 25) * MINUTE_MS,
});

const JUMPS = [HOUR_MS, -HOUR_MS, 20 * SECOND_MS, -20 * SECOND_MS, 3 * MINUTE_MS] as const;
const DEVICE_JUMPS = [
  4 * MINUTE_MS,
  -4 * MINUTE_MS,
  HOUR_MS,
  -HOUR_MS,
  -400 * 24 * HOUR_MS,
] as const;

function stepOf(dice: Dice, lasts: DurationMs): Step {
  const at = dice.between(0, lasts);
  const device = dice.between(0, DEVICES);
  const minutes = (from: number, to: number): DurationMs => dice.between(from, to) * MINUTE_MS;
  const die = dice.between(0, 100);
  if (die < 8) return { kind: "kill", at, downFor: dice.between(1, 90) * SECOND_MS };
  if (die < 13) return { kind: "power_cut", at, downFor: dice.between(1, 900) * SECOND_MS };
  if (die < 22) {
    return { kind: "crash_in_write", at, point: dice.between(1, 12), powerCut: dice.chance(0.5) };
  }
  if (die < 25) return { kind: "stop", at, downFor: minutes(1, 50) };
  if (die < 30) return { kind: "disk_full", at, lasts: minutes(1, 20) };
  if (die < 38) {
    const mood = dice.pick(["refuses", "denies", "slow", "half"] as const);
    return { kind: "store", at, mood, lasts: minutes(1, 40) };
  }
  if (die < 46) {
    const mood = dice.pick(["down", "fails_after_commit", "slow"] as const);
    return { kind: "receiver", at, mood, lasts: minutes(1, 60) };
  }
  if (die < 50) return { kind: "server_clock", at, by: dice.pick(JUMPS) };
  if (die < 54) return { kind: "device_clock", at, device, by: dice.pick(DEVICE_JUMPS) };
  if (die < 60) return { kind: "no_network", at, device, lasts: minutes(1, 50) };
  if (die < 64) return { kind: "power_off", at, device, lasts: minutes(1, 60) };
  if (die < 67) return { kind: "storm", at };
  if (die < 74) return hot(dice, at, device);
  if (die < 84) return { kind: "agent", at, what: dice.between(0, 1_000) };
  if (die < 86) return { kind: "poison", at, device };
  const kind = dice.pick(["cut", "reboot", "repeat", "swap", "babble", "dismiss"] as const);
  return { kind, at, device };
}
