import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { Played } from "#pipeline/backtest/play-group.ts";
import { playGroup } from "#pipeline/backtest/play-group.ts";
import type { RecordedDevice } from "#pipeline/backtest/recorded.ts";
import type { OnBytes } from "./csv.ts";
import type { DataSet } from "./data-set.ts";
import { Recordings } from "./data-set.ts";

export interface SetPlan {
  readonly set: DataSet;
  /** Devices that are played together: the peers of one cohort, or one without peers. */
  readonly groups: readonly (readonly RecordedDevice[])[];
  /** Devices that cannot be played because their product has no model: their number by product. */
  readonly skipped: ReadonlyMap<string, number>;
}

export function planSet(set: DataSet, ruleset: CompiledRuleset): SetPlan {
  const groups = new Map<string, RecordedDevice[]>();
  const skipped = new Map<string, number>();
  for (const device of set.devices) {
    const { id, product, cohort } = device;
    if (!ruleset.products.has(product)) {
      skipped.set(product, (skipped.get(product) ?? 0) + 1);
      continue;
    }
    const key = cohort === "" ? `device ${id}` : `cohort ${product} ${cohort}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [device]);
    else group.push(device);
  }
  return { set, groups: [...groups.values()], skipped };
}

/** Plays a set group by group, each on an engine of its own: groups share nothing that decides. */
export async function* playSet(
  { set, groups }: SetPlan,
  ruleset: CompiledRuleset,
  onBytes: OnBytes,
): AsyncGenerator<Played> {
  await using recordings = await Recordings.open(set, groups.flat(), onBytes);
  for (const group of groups) {
    const streams = group.map((device) => ({
      device,
      stream: recordings.stream(device.id, group.length),
    }));
    yield await playGroup(streams, ruleset);
  }
}
