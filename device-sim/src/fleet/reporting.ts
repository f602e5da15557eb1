import type { ProductId } from "../models/make-appliance.ts";

/**
 * How often a device looks and speaks. `calm` is for uneventful hours, with samples just close
 * enough that no gauge becomes unknown (three expected periods). `close` is for the minutes after a
 * fault begins or a command comes, so that causes and effects keep their order in time; `alert` is for
 * the rest of that hour.
 */
export interface ReportingProfile {
  readonly calm: Reporting;
  readonly alert: Reporting;
  readonly close: Reporting;
  /** The device is only switched on now and then; absent: always on. */
  readonly sessions?: { readonly everyMs: number; readonly lengthMs: number };
}

export interface Reporting {
  readonly sampleMs: number;
  readonly reportMs: number;
}

const S = 1_000;
const MIN = 60_000;
const H = 3_600_000;

export const REPORTING: Readonly<Record<ProductId, ReportingProfile>> = {
  "espresso-pro": {
    calm: { sampleMs: 75 * S, reportMs: 15 * MIN },
    alert: { sampleMs: 60 * S, reportMs: 5 * MIN },
    close: { sampleMs: 30 * S, reportMs: MIN },
  },
  "heat-pump": {
    calm: { sampleMs: 150 * S, reportMs: 15 * MIN },
    alert: { sampleMs: MIN, reportMs: 5 * MIN },
    close: { sampleMs: MIN, reportMs: MIN },
  },
  "e-bike": {
    calm: { sampleMs: 5 * MIN, reportMs: 15 * MIN },
    alert: { sampleMs: MIN, reportMs: 5 * MIN },
    close: { sampleMs: MIN, reportMs: MIN },
  },
  "water-pump-testbed": {
    calm: { sampleMs: 2 * S, reportMs: 5 * MIN },
    alert: { sampleMs: S, reportMs: 30 * S },
    close: { sampleMs: S, reportMs: 10 * S },
    sessions: { everyMs: 4 * H, lengthMs: 10 * MIN },
  },
};

/** Whether a device that is only switched on now and then is off at that moment. */
export const isAsleep = ({ sessions }: ReportingProfile, atMs: number): boolean =>
  sessions !== undefined && atMs % sessions.everyMs >= sessions.lengthMs;
