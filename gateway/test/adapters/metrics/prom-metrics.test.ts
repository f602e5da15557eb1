import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../../src/adapters/metrics/catalogue.ts";
import { PromMetrics } from "../../../src/adapters/metrics/prom-metrics.ts";

describe("metrics", () => {
  it("sums the figures of all threads into one text", async () => {
    const main = new PromMetrics({ process: true });
    const worker = new PromMetrics({ process: false });
    main.count("messages_received_total", { class: "tele", qos: "1" }, 3);
    worker.count("voorzorg_messages_received_total", { class: "tele", qos: "1" }, 4);
    worker.observe("journal_append_seconds", 0.003);
    worker.gauge("decide_lag_records", 12);
    const part = structuredClone(await worker.part());
    const text = await main.text([part]);
    expect(text).toContain('voorzorg_messages_received_total{class="tele",qos="1"} 7');
    expect(text).toContain("voorzorg_decide_lag_records 12");
    expect(text).toContain("voorzorg_journal_append_seconds_count 1");
    expect(text).toContain("voorzorg_process_cpu_seconds_total");
    expect(text).toContain("voorzorg_process_start_time_seconds");
  });

  it("shows counters without labels as zero before anything happened", async () => {
    const text = await new PromMetrics({ process: false }).text();
    expect(text).toContain("voorzorg_samples_overwritten_total 0");
  });

  it("refuses a name that the catalogue does not know", () => {
    const metrics = new PromMetrics({ process: false });
    expect(() => metrics.count("mesages_total")).toThrow('"mesages_total" is no counter');
    expect(() => metrics.gauge("messages_duplicate_total", 1)).toThrow("is no gauge");
    expect(() => metrics.count("messages_refused_total", { device: "d1" })).toThrow();
  });

  it("names counters _total, times _seconds, and no label that a device could choose", () => {
    for (const { name, type, labels } of CATALOGUE) {
      expect(name).toMatch(/^[a-z][a-z_]*$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
      for (const label of labels)
        expect(["device", "topic", "client", "signal"]).not.toContain(label);
    }
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
  });
});
