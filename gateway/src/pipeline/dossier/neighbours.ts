import type { DeviceView } from "#domain/device-view.ts";
import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";

/** Owners and cohorts change rarely; looking through a large fleet takes a second. */
const FRESH_MS: DurationMs = 10 * MINUTE_MS;
const PAGE = 200;
const MAX_PEERS = 60;
const MAX_OF_OWNER = 10;

interface Index {
  /** Ids, in order, by owner and by product and cohort. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly cohorts: ReadonlyMap<string, readonly string[]>;
}

export interface NeighbourSources {
  readonly cases: Pick<CaseReader, "devices" | "device">;
  readonly clock: Clock;
  /** Lets other work of the thread come between two pages; absent: nothing else is waiting. */
  readonly breathe?: (() => Promise<void>) | undefined;
}

/** Which devices belong together: of one owner, of one cohort. Looked up anew after ten minutes. */
export class Neighbours {
  readonly #cases: Pick<CaseReader, "devices" | "device">;
  readonly #clock: Clock;
  readonly #breathe: () => Promise<void>;
  #index: Promise<Index> | undefined;
  #builtAt = 0;

  constructor({ cases, clock, breathe }: NeighbourSources) {
    this.#cases = cases;
    this.#clock = clock;
    this.#breathe = breathe ?? (async () => undefined);
  }

  /** Ids of the owner's other devices. */
  async ofOwner(device: DeviceView): Promise<readonly string[]> {
    if (device.owner === "") return [];
    const { owners } = await this.#fresh();
    return (owners.get(device.owner) ?? []).filter((id) => id !== device.id).slice(0, MAX_OF_OWNER);
  }

  /** Devices to compare with: of the same cohort, or of the product when it has none; evenly drawn when many. */
  async peers(device: DeviceView): Promise<readonly DeviceView[]> {
    const { cohorts } = await this.#fresh();
    const ids = (cohorts.get(cohortKey(device)) ?? []).filter((id) => id !== device.id);
    const step = Math.max(1, ids.length / MAX_PEERS);
    const drawn = Array.from(
      { length: Math.min(ids.length, MAX_PEERS) },
      (_, i) => ids[Math.floor(i * step)] ?? "",
    );
    const found = await Promise.all(drawn.map((id) => this.#cases.device(id)));
    return found.filter((peer) => peer !== undefined);
  }

  #fresh(): Promise<Index> {
    const now = this.#clock.elapsed();
    if (this.#index === undefined || now - this.#builtAt > FRESH_MS) {
      this.#builtAt = now;
      const building = this.#build();
      this.#index = building;
      building.catch(() => {
        // The next one who asks tries again.
        if (this.#index === building) this.#index = undefined;
      });
    }
    return this.#index;
  }

  async #build(): Promise<Index> {
    const owners = new Map<string, Set<string>>();
    const cohorts = new Map<string, Set<string>>();
    let cursor: string | undefined;
    do {
      const page = await this.#cases.devices({
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      for (const device of page.items) {
        if (device.owner !== "") add(owners, device.owner, device.id);
        add(cohorts, cohortKey(device), device.id);
      }
      cursor = page.nextCursor ?? undefined;
      await this.#breathe();
    } while (cursor !== undefined);
    return { owners: sorted(owners), cohorts: sorted(cohorts) };
  }
}

const cohortKey = ({ product, cohort }: Pick<DeviceView, "product" | "cohort">): string =>
  `${product}\n${cohort}`;

function add(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, new Set([id]));
  else ids.add(id);
}

const sorted = (map: Map<string, Set<string>>): ReadonlyMap<string, readonly string[]> =>
  new Map([...map].map(([key, ids]) => [key, [...ids].sort()]));
