import type { DecideReport } from "#pipeline/decide.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import { RepeatFilter } from "./adapters/mqtt/counters.ts";

/** What deciding ran into, for the log: each thing once, not with every message. */
export class DecisionsTold {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #repeats = new RepeatFilter();
  readonly #stops = new Set<string>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  take({ quarantined, stopped }: Pick<DecideReport, "quarantined" | "stopped">): void {
    this.#tellQuarantined(quarantined);
    for (const { product, rule: ruleId, device: deviceId, offset, reason } of stopped) {
      const stop = `${product}/${ruleId}/${offset}`;
      if (this.#stops.has(stop)) continue;
      this.#stops.add(stop);
      this.#log.error(
        { product, ruleId, deviceId, offset, reason },
        "a rule failed and is stopped until its definition changes; the other rules go on",
      );
    }
  }

  /** Once a minute per device and code: a device that sends nonsense every second must not fill the log. */
  #tellQuarantined(entries: DecideReport["quarantined"]): void {
    for (const { device, topic, code, reason } of entries) {
      if (!this.#repeats.isNew(`${device} ${code}`, this.#clock.now())) continue;
      this.#log.warn({ deviceId: device, topic, code, reason }, "a message went to quarantine");
    }
  }
}
