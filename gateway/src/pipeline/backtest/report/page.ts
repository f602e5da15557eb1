import type { RuleView } from "#domain/rules/rule.ts";
import type { Alarm } from "#pipeline/backtest/play-group.ts";
import type { Band } from "#pipeline/backtest/report/chart.ts";
import { eventLane, lane, plot } from "#pipeline/backtest/report/chart.ts";
import type { Example, Label } from "#pipeline/backtest/report/examples.ts";
import { escaped, shownTime } from "#pipeline/backtest/report/markup.ts";
import { STYLE } from "#pipeline/backtest/report/style.ts";
import type { Window } from "#pipeline/backtest/report/window.ts";

/** One example with everything that its chart shows. */
export interface Shown {
  readonly example: Example;
  readonly window: Window;
  /** All alarms and labels of the device, whatever the window. */
  readonly alarms: readonly Alarm[];
  readonly labels: readonly Label[];
  readonly rule: RuleView | undefined;
  readonly unitOf: (signal: string) => string;
}

export interface ReportedSet {
  readonly name: string;
  /** One sentence: devices, messages, alarms. */
  readonly summary: string;
  readonly hasLabels: boolean;
  readonly shown: readonly Shown[];
}

const SECTIONS = [
  ["hit", "Hits", "Nothing that was labelled was found."],
  ["miss", "Misses", "Nothing that was labelled was missed."],
  ["false_alarm", "False alarms", "No alarm stands outside of what was labelled."],
] as const;
const SIGNALS_SHOWN = 4;
const LANES_SHOWN = 8;

/** The whole report as one HTML page that needs nothing else. */
export function reportPage(sets: readonly ReportedSet[]): string {
  const links = sets
    .map(({ name }) => `<a href="#${escaped(name)}">${escaped(name)}</a>`)
    .join(" ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backtest report</title><style>${STYLE}</style></head>
<body><header><h1>Backtest report</h1><p>Rules over recorded devices. Times are UTC. <span class="key label"></span> labelled <span class="key watch"></span> watch alarm <span class="key act"></span> act alarm <span class="key dash"></span> limit <span class="key dot"></span> onset</p><nav>${links}</nav></header>
<main>${sets.map(setSection).join("\n")}</main></body></html>
`;
}

function setSection({ name, summary, hasLabels, shown }: ReportedSet): string {
  const of = (kind: Example["kind"]) => shown.filter(({ example }) => example.kind === kind);
  const part = (title: string, list: readonly Shown[], none: string) =>
    `<h3>${title}</h3>${list.length === 0 ? `<p>${none}</p>` : list.map(card).join("\n")}`;
  const parts = hasLabels
    ? SECTIONS.map(([kind, title, none]) => part(title, of(kind), none))
    : [part("Alarms (the set has no labels)", of("alarm"), "No rule fired.")];
  return `<section id="${escaped(name)}"><h2>${escaped(name)}</h2><p>${escaped(summary)}</p>${parts.join("\n")}</section>`;
}

function card(shown: Shown): string {
  const { example, window, rule } = shown;
  const evidence = example.alarm?.evidence ?? undefined;
  const bands = bandsOf(shown);
  const marks = { limits: evidence?.limits ?? [], bands, onsetAt: evidence?.onsetAt };
  const plots = signalsOf(shown).map((signal) =>
    plot(window, signal, { ...marks, unit: shown.unitOf(signal) }),
  );
  const hidden = bands.length - LANES_SHOWN;
  const more = hidden > 0 ? `<p class="small">and ${hidden} more</p>` : "";
  const lanes = bands.slice(0, LANES_SHOWN).map((band) => lane(window, band));
  return `<article><h4>${escaped(headline(example, rule))}</h4>
<div class="plots">${lanes.join("")}${more}${eventLane(window)}${plots.join("")}<p class="axis"><span>${shownTime(window.from)}</span><span>${shownTime(window.to)}</span></p></div>
${explanation(shown)}</article>`;
}

function headline({ device, label, alarm }: Example, rule: RuleView | undefined): string {
  const what = [label?.what, rule?.title ?? alarm?.rule].filter((text) => text !== undefined);
  return [device, ...what].join(" · ");
}

function bandsOf({ example, window, labels, alarms }: Shown): readonly Band[] {
  const visible = ({ from, to }: { from: number; to: number | null }) =>
    from <= window.to && (to ?? Number.POSITIVE_INFINITY) >= window.from;
  const known = labels
    .filter(visible)
    .map((label): Band => ({ ...label, tone: "label", text: `${label.kind}: ${label.what}` }));
  // The alarm that the card is about comes first: of many only some are listed.
  const others = alarms.filter((alarm) => alarm !== example.alarm && visible(alarm));
  const fired = [...(example.alarm === undefined ? [] : [example.alarm]), ...others].map(
    (alarm): Band => ({
      tone: alarm.level,
      from: alarm.from,
      to: alarm.to ?? window.to,
      text: `${alarm.level}: ${alarm.rule}`,
    }),
  );
  return [...known, ...fired];
}

/** What the rule looked at, the most telling first; for a miss what the rules look at most. */
function signalsOf({ example, window, alarms }: Shown): readonly string[] {
  const evidence = example.alarm?.evidence;
  const telling = evidence?.contributions?.map(({ signal }) => signal) ?? [];
  const others = alarms.flatMap((alarm) => alarm.evidence?.signals ?? []);
  const named = [...telling, ...(evidence?.signals ?? (example.alarm === undefined ? others : []))];
  const present = [...new Set(named)].filter((signal) => window.signals.includes(signal));
  return (present.length > 0 ? present : window.signals).slice(0, SIGNALS_SHOWN);
}

function explanation({ example, rule, alarms }: Shown): string {
  const { alarm, label } = example;
  if (alarm === undefined) {
    const near = nearest(alarms, label?.from ?? example.from);
    const said = near === undefined ? "No rule fired on this device at any time." : near;
    return `<p>Nothing fired in time. ${escaped(said)}</p>`;
  }
  const evidence = alarm.evidence ?? undefined;
  const ended =
    alarm.to === null ? "stood to the end of the recording" : `ended ${shownTime(alarm.to)}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Rule", `${alarm.rule} (${alarm.level})${rule === undefined ? "" : `: ${rule.title}`}`],
    ["Seen", evidence?.observed],
    ["Expected", evidence?.expected],
    [
      "Since",
      evidence === undefined
        ? undefined
        : `${shownTime(evidence.onsetAt)}; fired ${shownTime(alarm.from)}, ${ended}`,
    ],
    ["Carried by", sharesOf(alarm)],
    ["How sure", evidence?.sure],
    ["What would prove it wrong", evidence?.disproof],
  ];
  const rows = facts.flatMap(([name, text]) =>
    text === undefined || text === "" ? [] : `<dt>${name}</dt><dd>${escaped(text)}</dd>`,
  );
  return `<dl>${rows.join("")}</dl>`;
}

function sharesOf({ evidence }: Alarm): string | undefined {
  const parts = evidence?.contributions?.map(
    ({ signal, share }) => `${signal} ${Math.round(100 * share)} %`,
  );
  return parts?.slice(0, 5).join(", ");
}

function nearest(alarms: readonly Alarm[], at: number): string | undefined {
  const [alarm] = [...alarms].sort((a, b) => Math.abs(a.from - at) - Math.abs(b.from - at));
  if (alarm === undefined) return undefined;
  const hours = Math.abs(alarm.from - at) / 3_600_000;
  const distance = hours >= 48 ? `${Math.round(hours / 24)} days` : `${Number(hours.toFixed(1))} h`;
  return `The nearest alarm on this device is ${alarm.rule} (${alarm.level}), ${distance} ${alarm.from < at ? "before" : "after"}.`;
}
