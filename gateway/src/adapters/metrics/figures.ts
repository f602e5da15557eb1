import { METRIC_PREFIX } from "./catalogue.ts";
import type { MetricsPart } from "./prom-metrics.ts";

/** Reads figures back out of what a registry tells. Names are without the prefix. */
export class Figures {
  readonly #part: MetricsPart;

  constructor(part: MetricsPart) {
    this.#part = part;
  }

  /** Of a counter or gauge, over all labels; 0 when there is none. */
  total(name: string): number {
    return sumOf(this.#values(`${METRIC_PREFIX}${name}`));
  }

  /** Of the whole process, since it began. */
  get cpuSeconds(): number {
    return sumOf(this.#values(`${METRIC_PREFIX}process_cpu_seconds_total`));
  }

  get residentBytes(): number {
    return sumOf(this.#values(`${METRIC_PREFIX}process_resident_memory_bytes`));
  }

  /** Of a histogram without labels; bounds in seconds, the last one infinity. */
  observed(name: string): {
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
  } {
    const buckets = this.#values(`${METRIC_PREFIX}${name}`).filter(({ metricName }) =>
      metricName?.endsWith("_bucket"),
    );
    return {
      bounds: buckets.map(({ labels }) => (labels.le === "+Inf" ? Infinity : Number(labels.le))),
      counts: buckets.map(({ value }) => value),
    };
  }

  #values(name: string): readonly Value[] {
    const found = this.#part.find((metric) => metric.name === name);
    return (found as Told | undefined)?.values ?? [];
  }
}

/** prom-client's own types leave `metricName` out. */
interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

type Told = MetricsPart[number] & { readonly values: readonly Value[] };

const sumOf = (values: readonly Value[]): number =>
  values.reduce((sum, { value }) => sum + value, 0);
