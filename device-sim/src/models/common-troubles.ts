import type { TroubleModel } from "./trouble-model.ts";
import { models } from "./trouble-model.ts";

/** What people do that is no trouble at all, the same for every product. */
export const HABITS: readonly TroubleModel[] = models([
  ["habit", "hands_inside", "somebody has the device open; it refuses every command", [], 0],
]);

export const HABIT_NAMES: ReadonlySet<string> = new Set(HABITS.map(({ name }) => name));

/** Troubles of the connection, the same for every product. */
export const NETWORK_TROUBLES: readonly TroubleModel[] = models([
  ["network", "offline_backfill", "the network is away, the device backfills later", [], 0],
  ["network", "duplicates", "messages are sent twice", [], 0],
  ["network", "reordering", "messages overtake each other", [], 0],
  ["network", "flapping", "the connection drops every few minutes", [], 0],
  ["network", "clock_behind", "the device's clock is two hours behind", [], 0],
  ["network", "clock_ahead", "the device's clock is two hours ahead", [], 0],
  ["network", "clock_absent", "the device has lost its clock", [], 0],
]);

/** Troubles around a command; like those of one product, only where a scenario asks for them. */
export const COMMAND_TROUBLES: readonly TroubleModel[] = models([
  ["network", "acks_lost", "the connection breaks after a command, before any answer", [], 0],
  ["network", "power_fails", "the power fails after a command, before any answer", [], 0],
  ["network", "answers_late", "answers to commands come 40 minutes late", [], 0],
]);

/** Registered and paid for, but never seen: no model runs, the device never connects. */
export const NEVER_CONNECTED: TroubleModel = {
  kind: "underuse",
  name: "never_commissioned",
  title: "the device was sold and never connected",
  curedBy: [],
  expectedRule: "device-silent",
  showsWithinH: 190,
};
