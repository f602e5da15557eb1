import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";

/** Metrics that a test can look at. */
export class Counted implements Metrics {
  readonly counts = new Map<string, number>();

  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const key = [name, ...Object.values(labels)].join(" ");
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }
  observe(): void {}
  gauge(): void {}
}

/** A log that a test can look at: `level message`. */
export class Lines implements Log {
  readonly lines: string[] = [];

  debug(_fields: object, message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(_fields: object, message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(_fields: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(_fields: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
}
