import type { Step } from "#domain/detect/detector.ts";
import type { CohortWish, PeersView } from "#domain/detect/others.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledProduct, CompiledRule, CompiledRuleset } from "#domain/rules/ruleset.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";

/**
 * Peers that one cohort remembers. A median of so many is as good as one of all; which devices of a
 * larger cohort are in it is drawn by a hash of their ids, so the choice is the same in every replay.
 */
const MAX_PEERS = 256;

/** What the devices of one cohort told each other for one rule. Plain JSON, saved under `cohort/{key}`. */
export interface CohortState {
  readonly product: string;
  readonly rule: string;
  /** By device id. */
  readonly peers: Record<string, readonly [at: EpochMs, value: number, batch: string]>;
}

const NOBODY: readonly never[] = [];

export function peersOf(world: World, device: DeviceState, compiled: CompiledRule): PeersView {
  const wish = compiled.detector.wants.cohort;
  const own = device.registered.id;
  return {
    batch: batchOf(device, wish),
    readings: () => {
      const cohort = world.cohorts.get(cohortKey(device, compiled));
      if (cohort === undefined) return NOBODY;
      return Object.entries(cohort.peers).flatMap(([id, [at, value, batch]]) =>
        id === own ? [] : { at, value, batch },
      );
    },
  };
}

export function tellPeers(
  world: World,
  device: DeviceState,
  { compiled, tells }: { compiled: CompiledRule; tells: NonNullable<Step<unknown>["tells"]> },
): void {
  const key = cohortKey(device, compiled);
  const { product, id } = device.registered;
  const cohort = world.cohorts.get(key) ?? { product, rule: compiled.rule.id, peers: {} };
  if (!makeRoom(cohort, id, tells.at)) return;
  const batch = batchOf(device, compiled.detector.wants.cohort);
  cohort.peers[id] = [tells.at, tells.value, batch];
  world.cohorts.set(key, cohort);
  world.unsaved.add(`cohort/${key}`);
}

/** False: the cohort is full of devices that the draw prefers. */
function makeRoom({ peers }: CohortState, id: string, at: EpochMs): boolean {
  const ids = Object.keys(peers);
  if (peers[id] !== undefined || ids.length < MAX_PEERS) return true;
  // Whoever was last heard of half a year before gives way first: it may be gone for good.
  const gone = ids.find((other) => at - (peers[other]?.[0] ?? at) > GONE_MS);
  const last = gone ?? ids.reduce((a, b) => (rank(a) > rank(b) ? a : b));
  if (gone === undefined && rank(last) < rank(id)) return false;
  delete peers[last];
  return true;
}

const GONE_MS = 183 * 86_400_000;
const rank = (id: string): string => stableId("peer", [id]);

/** The device is gone, or its attributes changed: its peers no longer reckon with it. */
export function leaveCohorts(world: World, device: string): void {
  for (const [key, cohort] of world.cohorts) {
    if (cohort.peers[device] === undefined) continue;
    delete cohort.peers[device];
    world.unsaved.add(`cohort/${key}`);
  }
}

/** Forgets what was gathered for rules that are gone or measure something else now. */
export function dropCohorts(world: World, before: CompiledRuleset): void {
  for (const [key, { product, rule }] of world.cohorts) {
    const then = testOf(before.products.get(product), rule);
    if (then !== "" && then === testOf(world.ruleset.products.get(product), rule)) continue;
    world.cohorts.delete(key);
    world.unsaved.add(`cohort/${key}`);
  }
}

function testOf(product: CompiledProduct | undefined, id: string): string {
  const found = product?.rules.find(({ rule }) => rule.id === id);
  return found === undefined ? "" : JSON.stringify(found.rule.test);
}

function cohortKey({ registered }: DeviceState, { rule, detector }: CompiledRule): string {
  const by = detector.wants.cohort?.by;
  const value = by === undefined ? registered.cohort : String(registered.attrs[by] ?? "");
  return `${registered.product}/${rule.id}/${value}`;
}

function batchOf({ registered }: DeviceState, wish: CohortWish | undefined): string {
  return wish?.batch === undefined ? "" : String(registered.attrs[wish.batch] ?? "");
}
