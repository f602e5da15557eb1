import type { Reporting, ReportingProfile } from "./reporting.ts";

/** After a fault begins or a command comes, causes and effects are minutes apart, proofs up to an hour. */
const WATCH_CLOSELY_MS = 15 * 60_000;
const STAY_ALERT_MS = 65 * 60_000;

/** How closely a device looks and how often it speaks, by what is going on. */
export class Attention {
  readonly #profile: ReportingProfile;
  #closeUntilMs = 0;
  #alertUntilMs = 0;

  constructor(profile: ReportingProfile) {
    this.#profile = profile;
  }

  /** Closely for a quarter of an hour, then less so for the rest of an hour. */
  wake(nowMs: number): void {
    this.#alertUntilMs = Math.max(this.#alertUntilMs, nowMs + STAY_ALERT_MS);
    this.#closeUntilMs = Math.max(this.#closeUntilMs, nowMs + WATCH_CLOSELY_MS);
  }

  isAlert(nowMs: number): boolean {
    return nowMs < this.#alertUntilMs;
  }

  reporting(nowMs: number): Reporting {
    if (nowMs < this.#closeUntilMs) return this.#profile.close;
    return this.isAlert(nowMs) ? this.#profile.alert : this.#profile.calm;
  }

  /** The moment of the next report as it would be if something were going on. */
  soonMs(nowMs: number): number {
    const { reportMs } = this.#profile.close;
    return nowMs + reportMs - (nowMs % reportMs);
  }
}
