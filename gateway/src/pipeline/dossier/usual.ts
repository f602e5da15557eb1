import type { SignalModel } from "@voorzorg/firmware-contracts";
import type { CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import { GatewayError } from "#domain/errors.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Distribution } from "#pipeline/dossier/distribution.ts";
import { distributionOf, rangeOf } from "#pipeline/dossier/distribution.ts";
import type { SeriesReader } from "#ports/series-store.ts";

export const USUAL_DAYS = 14;
/** As many as are read without thinning for a sample every three minutes; more are thinned. */
const POINTS = 6_000;
/** What the peers say counts if it is not much older than the finding. */
const PEER_FRESH_MS = 7 * DAY_MS;
export const FEWEST_PEERS = 3;
const REMEMBERED = 1_000;

/** What is usual for a device's signal before something began, or why that cannot be said. */
export interface Usual {
  readonly distribution: Distribution;
  /** A sentence; "" = nothing is missing. */
  readonly missing: string;
}

/** Reads what was usual in the two weeks before the onset; that does not change, so it is remembered. */
export class UsualReader {
  readonly #series: SeriesReader;
  readonly #known = new Map<string, Usual>();

  constructor(series: SeriesReader) {
    this.#series = series;
  }

  async of(
    { device, evidence: { onsetAt } }: Pick<CaseView, "device" | "evidence">,
    signal: string,
    model: SignalModel | undefined,
  ): Promise<Usual> {
    const key = `${device} ${signal} ${onsetAt}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const from = onsetAt - USUAL_DAYS * DAY_MS;
    const query = { device, signal, from, to: onsetAt, points: POINTS };
    try {
      const { points, missing } = await this.#series.read(query);
      const usual: Usual = {
        distribution: distributionOf(points, model?.kind ?? "gauge"),
        missing: missing === null ? "" : `Older samples may be missing: ${missing}`,
      };
      // What is missing now may be there later.
      if (missing === null && points.length > 0) this.#remember(key, usual);
      return usual;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { distribution: { kind: "none" }, missing: error.message };
    }
  }

  #remember(key: string, usual: Usual): void {
    if (this.#known.size >= REMEMBERED) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(key, usual);
  }
}

/** The same signal of other devices, as they are now. */
export interface PeersNow {
  readonly count: number;
  readonly distribution: Distribution;
  readonly min: number;
  readonly max: number;
}

/** Undefined when too few of them tell a number. */
export function peersNow(
  peers: readonly DeviceView[],
  signal: string,
  detectedAt: number,
): PeersNow | undefined {
  const values = peers.flatMap(({ signals }) => {
    const now = signals[signal];
    const isFresh = now !== undefined && now.at > detectedAt - PEER_FRESH_MS;
    return isFresh && typeof now.value === "number" ? [now.value] : [];
  });
  return summary(values);
}

/** The mean use per day of the last two weeks, of each peer that was used at all. */
export const peersUse = (peers: readonly DeviceView[]): PeersNow | undefined =>
  summary(
    peers.flatMap(({ use }) => {
      const days = use.slice(-USUAL_DAYS);
      const sum = days.reduce((total, { amount }) => total + amount, 0);
      return days.length === 0 ? [] : [sum / days.length];
    }),
  );

function summary(values: readonly number[]): PeersNow | undefined {
  if (values.length < FEWEST_PEERS) return undefined;
  return {
    count: values.length,
    distribution: rangeOf(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** Use per day in the four weeks before the onset. */
export function usualUse(device: DeviceView, onsetAt: number): Distribution {
  const onset = new Date(onsetAt).toISOString().slice(0, 10);
  const days = device.use.filter(({ day }) => day < onset).slice(-2 * USUAL_DAYS);
  return rangeOf(days.map(({ amount }) => amount));
}
