import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { Calls } from "./calls.ts";
import type { DeskThread, MainSide } from "./messages.ts";

type Main = Pick<Calls<DeskThread, MainSide>, "call">;

/** A line that cannot be handed over any more is not worth a failure. */
const nobody = (): void => undefined;

/** The main thread's log. */
export function mainLog(main: Main): Log {
  const at =
    (level: "debug" | "info" | "warn" | "error"): Log["info"] =>
    (fields, message) =>
      void main.call("log", { level, fields, message }).catch(nobody);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The main thread's metrics. */
export function mainMetrics(main: Main): Metrics {
  return {
    count: (name, labels = {}, by = 1) =>
      void main.call("count", { name, labels, by }).catch(nobody),
    gauge: (name, value, labels = {}) =>
      void main.call("gauge", { name, value, labels }).catch(nobody),
    observe: (name, seconds, labels = {}) =>
      void main.call("observe", { name, seconds, labels }).catch(nobody),
  };
}
