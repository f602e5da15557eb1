import { InfluxPoints } from "./influx-points.ts";
import type { Point } from "./line-protocol-parser.ts";
import { LineProtocolError, parseLineProtocol } from "./line-protocol-parser.ts";

export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SeenWrite {
  readonly lines: number;
  readonly gzip: boolean;
  readonly precision: string;
}

export const refusal = (status: number, code: string, message: string): Scripted => ({
  status,
  headers: { "x-platform-error-code": code },
  body: { code, message },
});

/** Nanoseconds of each precision; the API knows no others. */
const PRECISIONS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
]);
const LATEST_NS = 9_223_372_036_854_775_806n;

/** One bucket of the double: takes what can be stored and tells why the rest is not. */
export class Influx2Bucket {
  readonly points = new InfluxPoints();
  readonly writes: SeenWrite[] = [];
  readonly #retainedFrom: number;

  constructor(retainedFrom = Number.NEGATIVE_INFINITY) {
    this.#retainedFrom = retainedFrom;
  }

  store(text: Buffer, how: { readonly precision: string; readonly gzip: boolean }): Scripted {
    const unit = PRECISIONS.get(how.precision);
    if (unit === undefined) {
      const words = "invalid precision; valid precision units are ns, us, ms, and s";
      return refusal(400, "invalid", words);
    }
    let points: readonly Point[];
    try {
      points = parseLineProtocol(new TextDecoder("utf-8", { fatal: true }).decode(text));
      for (const { time = 0n, line } of points) {
        const ns = time * unit;
        if (ns > LATEST_NS || ns < -LATEST_NS) {
          const range = `time outside range -${LATEST_NS} - ${LATEST_NS}`;
          throw new LineProtocolError(range, line);
        }
      }
    } catch (error) {
      if (!(error instanceof LineProtocolError)) throw error;
      return refusal(400, "invalid", `unable to parse '${error.line}': ${error.message}`);
    }
    if (points.length === 0) return refusal(400, "invalid", "writing requires points");
    this.writes.push({ lines: points.length, ...how });
    return this.#storePoints(points, unit);
  }

  #storePoints(points: readonly Point[], unit: bigint): Scripted {
    let conflict: string | undefined;
    let conflicts = 0;
    let old = 0;
    for (const point of points) {
      // A double that made up times would hide a client that forgets them.
      if (point.time === undefined) throw new Error(`no time: ${point.line}`);
      const ms = Number((point.time * unit) / 1_000_000n);
      const found = this.points.conflict(point);
      if (ms < this.#retainedFrom) {
        old += 1;
      } else if (found === undefined) {
        this.points.add(point, ms);
      } else {
        conflict ??= found;
        conflicts += 1;
      }
    }
    const start = "failure writing points to database: partial write: ";
    if (conflict !== undefined) {
      return refusal(422, "unprocessable entity", `${start}${conflict} dropped=${conflicts + old}`);
    }
    if (old === 0) return { status: 204 };
    const words = `dropped ${old} points outside retention policy of duration 72h0m0s - oldest point ${points[0]?.line}`;
    const end = `dropped=${old} for database: 62ea4f9dbf724d07 for retention policy: autogen`;
    return refusal(422, "unprocessable entity", `${start}${words} ${end}`);
  }
}
