import type { Owner } from "../models/appliance.ts";
import { APPLIANCE_TROUBLES } from "../models/catalogue.ts";
import { NETWORK_TROUBLES, NEVER_CONNECTED } from "../models/common-troubles.ts";
import type { ProductId } from "../models/make-appliance.ts";
import type { TroubleModel } from "../models/trouble-model.ts";
import type { Random } from "../random.ts";
import type { Reporting } from "./reporting.ts";
import { REPORTING } from "./reporting.ts";

export interface PlannedTrouble {
  readonly trouble: TroubleModel;
  readonly fromMs: number;
  /** When it ends by itself; absent: only a cure ends it. */
  readonly toMs?: number;
}

/** Something that happens to a device besides troubles. */
export type PlannedTurn =
  /** A person goes through it with the owner, who then does what was asked. */
  | { readonly atMs: number; readonly kind: "helped" }
  | { readonly atMs: number; readonly kind: "updated"; readonly firmware: string };

export interface DevicePlan {
  readonly id: string;
  readonly product: ProductId;
  readonly owner: Owner;
  readonly ownerRef: string;
  readonly cohort: string;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  readonly activatedAtMs: number;
  readonly troubles: readonly PlannedTrouble[];
  readonly turns?: readonly PlannedTurn[];
  /** Absent: the firmware that everybody has. */
  readonly firmware?: string;
  /** Instead of its product's usual reporting in uneventful hours. */
  readonly calm?: Reporting;
}

/** Sold, and never switched on as long as it lives. */
export const neverConnects = ({ troubles }: DevicePlan): boolean =>
  troubles.some(({ trouble }) => trouble.name === NEVER_CONNECTED.name);

export interface FleetPlanOptions {
  readonly products: readonly ProductId[];
  readonly devices: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly random: Random;
  /** Wrong clocks move a gateway's clock that follows event time; leave them out there. */
  readonly wrongClocks: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHORT: Readonly<Record<ProductId, string>> = {
  "espresso-pro": "esp",
  "heat-pump": "hp",
  "e-bike": "bike",
  "water-pump-testbed": "rig",
};
/** A device that never connects was handed over this long before the run. */
const SOLD_BEFORE_MS = 2 * DAY_MS;

/** Shares of a mixed fleet: test beds are rare. */
function productOf(products: readonly ProductId[], index: number): ProductId {
  const consumer = products.filter((product) => product !== "water-pump-testbed");
  const rigs = products.length - consumer.length;
  const first = products[0];
  if (rigs > 0 && (consumer.length === 0 || index % 12 === 11)) return "water-pump-testbed";
  return consumer[index % consumer.length] ?? first ?? "espresso-pro";
}

/** Devices of a fleet with what will go wrong for each; the same seed gives the same plan. */
export function planFleet(options: FleetPlanOptions): readonly DevicePlan[] {
  const counts = new Map<ProductId, number>();
  return Array.from({ length: options.devices }, (_, index) => {
    const product = productOf(options.products, index);
    const nth = counts.get(product) ?? 0;
    counts.set(product, nth + 1);
    const id = `${SHORT[product]}-${String(nth + 1).padStart(3, "0")}`;
    return planDevice(options, { id, product, nth });
  });
}

/** A device without troubles. */
export function healthyDevice(
  id: string,
  product: ProductId,
  how: { readonly random: Random; readonly startMs: number },
): DevicePlan {
  const random = how.random.fork(`plan/${id}`);
  const generation = random.chance(0.6) ? "g2" : "g1";
  return {
    id,
    product,
    owner: { followsAdvice: 0.75, appetite: random.between(0.7, 1.5) },
    ownerRef: `owner-${id}`,
    cohort: `${product}-${generation}`,
    attrs: {
      generation,
      region: random.pick(["north", "south", "west"]),
      ...placeOnMap(random.fork("place")),
    },
    activatedAtMs: how.startMs,
    troubles: [],
  };
}

/** Somewhere in the Netherlands, to about a hundred metres. */
function placeOnMap(random: Random): { readonly lat: number; readonly lon: number } {
  const rounded = (degrees: number): number => Math.round(degrees * 1_000) / 1_000;
  return { lat: rounded(random.between(51.4, 53)), lon: rounded(random.between(4.6, 6.6)) };
}

function planDevice(
  options: FleetPlanOptions,
  device: { readonly id: string; readonly product: ProductId; readonly nth: number },
): DevicePlan {
  const { id, product, nth } = device;
  const plan = healthyDevice(id, product, options);
  const places = placesOf(product);
  const place = places[nth % places.length];
  switch (place) {
    case undefined:
    case "healthy":
      return plan;
    case "network":
      return withNetwork(plan, nth, options);
    case "never_connected":
      return neverConnected(plan, options.startMs);
    default:
      return withTrouble(plan, place, options);
  }
}

type Place = TroubleModel | "network" | "never_connected" | "healthy";

/** Who gets what: the most telling troubles first, mixed with bad networks and with nothing at all. */
function placesOf(product: ProductId): readonly Place[] {
  const own = APPLIANCE_TROUBLES[product];
  return [
    ...own.slice(0, 4),
    "network",
    "healthy",
    ...own.slice(4, 8),
    "never_connected",
    "network",
    ...own.slice(8),
    "healthy",
  ];
}

/** Begins after a day of normal life, early enough to show before the end; underuse has always been so. */
function withTrouble(
  plan: DevicePlan,
  trouble: TroubleModel,
  { startMs, endMs, random }: FleetPlanOptions,
): DevicePlan {
  // A heat pump that stands still from the first hour was never commissioned, which is another story.
  if (trouble.kind === "underuse") {
    const standsStill = plan.product === "heat-pump" && trouble.name === "use_fades";
    const fromMs = standsStill ? startMs + DAY_MS : startMs;
    return { ...plan, troubles: [{ trouble, fromMs }] };
  }
  const draw = random.fork(`trouble/${plan.id}`);
  const latestMs = endMs - Math.max(trouble.showsWithinH, 6) * HOUR_MS;
  const earliestMs = startMs + Math.min(DAY_MS, Math.max(0, latestMs - startMs));
  const fromMs = draw.between(earliestMs, Math.max(earliestMs, latestMs));
  return { ...plan, troubles: [{ trouble, fromMs: inSession(plan.product, fromMs) }] };
}

/** A trouble of a device that is seldom on begins while it is on. */
function inSession(product: ProductId, wantedMs: number): number {
  const { sessions } = REPORTING[product];
  const aligned = Math.round(wantedMs / 60_000) * 60_000;
  if (sessions === undefined) return aligned;
  return Math.ceil(aligned / sessions.everyMs) * sessions.everyMs + sessions.lengthMs / 4;
}

function withNetwork(plan: DevicePlan, nth: number, options: FleetPlanOptions): DevicePlan {
  const { startMs, endMs, wrongClocks } = options;
  const usable = NETWORK_TROUBLES.filter(({ name }) => wrongClocks || !name.startsWith("clock_"));
  const span = endMs - startMs;
  const first = usable[nth % usable.length];
  const second = usable[(nth + 1) % usable.length];
  const troubles = [first, second].flatMap((trouble, index) => {
    if (trouble === undefined) return [];
    const fromMs = startMs + span * (0.2 + 0.4 * index);
    return [{ trouble, fromMs, toMs: fromMs + Math.min(5 * HOUR_MS, span * 0.2) }];
  });
  return { ...plan, troubles };
}

function neverConnected(plan: DevicePlan, startMs: number): DevicePlan {
  return {
    ...plan,
    activatedAtMs: startMs - SOLD_BEFORE_MS,
    troubles: [{ trouble: NEVER_CONNECTED, fromMs: startMs }],
  };
}

const ROUND_DAYS = 10;
const REPAIRED_AFTER_MS = 4 * DAY_MS;

/**
 * More of the same for a fleet that lives on: every ten days another trouble per device, and what no
 * command cures is repaired after four.
 */
export function repeatTroubles(
  plans: readonly DevicePlan[],
  more: { readonly random: Random; readonly fromMs: number; readonly days: number },
): readonly DevicePlan[] {
  return plans.map((plan, index) => {
    const draw = more.random.fork(`repeat/${plan.id}`);
    const own = APPLIANCE_TROUBLES[plan.product].filter(({ kind }) => kind !== "underuse");
    const later = Array.from({ length: Math.ceil(more.days / ROUND_DAYS) }, (_, round) => {
      const trouble = own[(index + round) % own.length];
      const dayMs = (round * ROUND_DAYS + draw.between(0, ROUND_DAYS - 5)) * DAY_MS;
      const fromMs = inSession(plan.product, more.fromMs + dayMs);
      return trouble === undefined ? [] : [{ trouble, fromMs, toMs: fromMs + REPAIRED_AFTER_MS }];
    });
    const first = plan.troubles.map((planned) =>
      planned.trouble.kind === "network" || planned.trouble.name === "never_commissioned"
        ? planned
        : { ...planned, toMs: planned.toMs ?? planned.fromMs + 2 * REPAIRED_AFTER_MS },
    );
    return { ...plan, troubles: [...first, ...later.flat()] };
  });
}
