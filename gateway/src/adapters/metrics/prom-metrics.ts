import type { MetricObject } from "prom-client";
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from "prom-client";
import type { Metrics } from "#ports/metrics.ts";
import type { MetricSpec } from "./catalogue.ts";
import { CATALOGUE, METRIC_PREFIX } from "./catalogue.ts";

type Labels = Readonly<Record<string, string>>;

/** One thread's figures as plain data, to be posted to the main thread. */
export type MetricsPart = readonly MetricObject[];

/** Figures of one thread on prom-client. Names and labels outside the catalogue are bugs and throw. */
export class PromMetrics implements Metrics {
  readonly #own = new Registry();
  readonly #process = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  /** Label objects that are built once and used for every message spare the look-up of their series. */
  readonly #children = new WeakMap<
    Labels,
    { readonly name: string; readonly child: Counter.Internal }
  >();

  /** `process`: also report CPU, memory and the like; on for one thread only, they are process-wide. */
  constructor(options: { readonly process: boolean; readonly catalogue?: readonly MetricSpec[] }) {
    for (const spec of options.catalogue ?? CATALOGUE) this.#add(spec);
    if (options.process) {
      collectDefaultMetrics({ register: this.#process, prefix: METRIC_PREFIX });
    }
  }

  count(name: string, labels?: Labels, by = 1): void {
    if (labels === undefined) {
      find(this.#counters, name, "counter").inc(by);
      return;
    }
    const known = this.#children.get(labels);
    if (known?.name === name) {
      known.child.inc(by);
      return;
    }
    const child = find(this.#counters, name, "counter").labels(labels);
    this.#children.set(labels, { name, child });
    child.inc(by);
  }

  observe(name: string, seconds: number, labels: Labels = {}): void {
    find(this.#histograms, name, "histogram").observe(labels, seconds);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    find(this.#gauges, name, "gauge").set(labels, value);
  }

  part(): Promise<MetricsPart> {
    return this.#own.getMetricsAsJSON();
  }

  /** CPU, memory and the like of the whole process; empty where they are off. */
  processPart(): Promise<MetricsPart> {
    return this.#process.getMetricsAsJSON();
  }

  /** Prometheus text of this thread and the given parts of others; same series are summed. */
  async text(others: readonly MetricsPart[] = []): Promise<string> {
    const parts = [await this.part(), ...others].map((part) => [...part]);
    const merged = await AggregatorRegistry.aggregate(parts).metrics();
    return `${await this.#process.metrics()}\n${merged}`;
  }

  #add(spec: MetricSpec): void {
    const common = {
      name: `${METRIC_PREFIX}${spec.name}`,
      help: spec.help,
      labelNames: spec.labels,
      registers: [this.#own],
    };
    switch (spec.type) {
      case "counter":
        this.#counters.set(spec.name, new Counter(common));
        break;
      case "gauge":
        this.#gauges.set(spec.name, new Gauge(common));
        break;
      case "histogram":
        this.#histograms.set(
          spec.name,
          new Histogram({ ...common, ...(spec.buckets && { buckets: [...spec.buckets] }) }),
        );
        break;
    }
  }
}

/** Callers may name a metric with or without the prefix that Prometheus shows. */
function find<T>(metrics: ReadonlyMap<string, T>, name: string, type: string): T {
  const short = name.startsWith(METRIC_PREFIX) ? name.slice(METRIC_PREFIX.length) : name;
  const metric = metrics.get(short);
  if (metric === undefined) {
    throw new Error(`"${name}" is no ${type} of the metrics catalogue; add it there first.`);
  }
  return metric;
}
