import type { AlarmsByDevice } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { DAY_MS, rankQuantile, share } from "./figures.ts";
import type { LabelledSet } from "./labelled-set.ts";

/** Cycles (days) before the end of life: earlier is premature. */
const PREMATURE = 125;
const NEAR_END = 30;

/** Engines that wear out; only the first alarm of each counts, by its distance to the end of life. */
export function scoreCmapss(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const engines = [...(set.labels ?? [])].map(([device, [life]]) => {
    const { to } = set.span(device, "observed");
    const first = alarms.get(device)?.find(({ from }) => from <= to);
    const end = life?.from ?? Number.NaN;
    const lead = first === undefined ? null : Math.floor((end - first.from) / DAY_MS);
    return { lead, cyclesLeft: life?.cyclesLeft ?? 0 };
  });
  const whole = engines.filter(({ cyclesLeft }) => cyclesLeft === 0);
  const cut = engines.filter(({ cyclesLeft }) => cyclesLeft !== 0);
  const near = cut.filter(({ cyclesLeft }) => cyclesLeft <= NEAR_END);
  const alarmed = (list: typeof engines) => list.filter(({ lead }) => lead !== null).length;
  const premature = (list: typeof engines) =>
    list.filter(({ lead }) => lead !== null && lead > PREMATURE).length;
  const leads = whole.flatMap(({ lead }) => (lead !== null && lead >= 1 ? [lead] : []));
  return {
    engines: whole.length,
    alarmedBeforeEnd: share(leads.length, whole.length),
    leadP10: rankQuantile(leads, 0.1),
    leadMedian: rankQuantile(leads, 0.5),
    leadP90: rankQuantile(leads, 0.9),
    premature: share(premature(whole), whole.length),
    cutEngines: cut.length,
    cutAlarmed: share(alarmed(cut), cut.length),
    cutPremature: share(premature(cut), cut.length),
    cutNearEnd: near.length,
    cutNearEndAlarmed: share(alarmed(near), near.length),
  };
}
