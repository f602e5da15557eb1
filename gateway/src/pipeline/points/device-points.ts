import type { DeviceView, Presence } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import type { ServicePoint } from "#ports/point-store.ts";

const PRESENCE: Readonly<Record<Presence, number>> = {
  never_seen: 0,
  lost: 1,
  unknown: 2,
  sleeping: 3,
  offline: 4,
  online: 5,
};
const WORST = { normal: 1, urgent: 2, safety: 3 } as const;

/** What a point about a device says. */
export type DeviceFacts = Pick<
  DeviceView,
  | "id"
  | "product"
  | "attrs"
  | "cohort"
  | "presence"
  | "firmware"
  | "openCases"
  | "worst"
  | "lastSeenAt"
>;

export function devicePoint(device: DeviceFacts, at: EpochMs): ServicePoint {
  const { id, product, cohort, attrs, presence, firmware, openCases, worst, lastSeenAt } = device;
  const { lat, lon } = attrs;
  return {
    measurement: "vz.device",
    tags: { device: id, product, cohort },
    fields: {
      presence,
      presence_code: PRESENCE[presence],
      online: presence === "online" ? 1 : 0,
      open_cases: openCases,
      worst: worst ?? "none",
      worst_code: worst === null ? 0 : WORST[worst],
      ...(firmware !== "" && { firmware }),
      ...(lastSeenAt !== null && { last_seen_ms: lastSeenAt }),
      ...(typeof lat === "number" && typeof lon === "number" && { lat, lon }),
    },
    at,
  };
}

/** Points of devices of which something is new that dashboards show at once. */
export class DeviceChanges {
  readonly #known = new Map<string, string>();

  of(views: readonly DeviceView[], at: EpochMs): readonly ServicePoint[] {
    return views.flatMap((view) => {
      const { product, presence, firmware, openCases, worst } = view;
      const now = `${product}\n${presence}\n${firmware}\n${openCases}\n${worst}`;
      if (this.#known.get(view.id) === now) return [];
      this.#known.set(view.id, now);
      return devicePoint(view, at);
    });
  }

  forget(devices: readonly string[]): void {
    for (const id of devices) this.#known.delete(id);
  }
}
