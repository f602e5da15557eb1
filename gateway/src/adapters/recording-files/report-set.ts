import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { HOUR_MS } from "#domain/units.ts";
import type { Alarm, Span } from "#pipeline/backtest/play-group.ts";
import type { Example } from "#pipeline/backtest/report/examples.ts";
import { pickExamples } from "#pipeline/backtest/report/examples.ts";
import type { ReportedSet, Shown } from "#pipeline/backtest/report/page.ts";
import { Window } from "#pipeline/backtest/report/window.ts";
import { Recordings } from "./data-set.ts";
import { readLabels } from "./labels.ts";
import type { SetPlan } from "./play-set.ts";

export interface PlayedSet {
  readonly alarms: readonly Alarm[];
  readonly spans: ReadonlyMap<string, Span>;
  /** One sentence on what was played. */
  readonly summary: string;
}

/** Picks what is worth looking at in a played set and reads the pieces of its recordings for it. */
export async function reportSet(
  { set, groups }: SetPlan,
  ruleset: CompiledRuleset,
  { alarms, spans, summary }: PlayedSet,
): Promise<ReportedSet> {
  const devices = groups.flat();
  const labels = await readLabels(set);
  const productOf = (device: string) =>
    ruleset.products.get(devices.find(({ id }) => id === device)?.product ?? "");
  const played = new Set(devices.map(({ id }) => id));
  const known = labels && { ...labels, list: labels.list.filter((l) => played.has(l.device)) };
  const periodOf = (device: string) => productOf(device)?.model.expectedPeriodMs ?? HOUR_MS;
  const examples = pickExamples(alarms, known, periodOf).map((example) =>
    within(example, spans.get(example.device)),
  );
  const needed = new Set(examples.map(({ device }) => device));
  await using recordings = await Recordings.open(
    set,
    devices.filter(({ id }) => needed.has(id)),
  );
  const windows = new Map<Example, Window>();
  for (const device of needed) await look(recordings, device, examples, windows);
  const shown = examples.map((example): Shown => {
    const { device, alarm } = example;
    const product = productOf(device);
    return {
      example,
      window: windows.get(example) ?? new Window(example.from, example.to),
      alarms: alarms.filter((other) => other.device === device),
      labels: (known?.list ?? []).filter((label) => label.device === device),
      rule: product?.rules.find(({ rule }) => rule.id === alarm?.rule)?.rule,
      unitOf: (signal) => product?.model.signals[signal]?.unit ?? "",
    };
  });
  return { name: set.name, summary, hasLabels: labels !== undefined, shown };
}

/** No chart of times at which nothing was recorded. */
function within(example: Example, span: Span | undefined): Example {
  if (span === undefined) return example;
  const from = Math.max(example.from, span.from);
  return { ...example, from, to: Math.max(from + 1, Math.min(example.to, span.to)) };
}

async function look(
  recordings: Recordings,
  device: string,
  examples: readonly Example[],
  windows: Map<Example, Window>,
): Promise<void> {
  const open: { readonly example: Example; readonly window: Window }[] = [];
  for (const example of examples) {
    if (example.device === device) {
      open.push({ example, window: new Window(example.from, example.to) });
    }
  }
  for await (const batch of recordings.stream(device)) {
    for (const item of batch) for (const { window } of open) window.take(item);
  }
  for (const { example, window } of open) windows.set(example, window);
}
