import { BenchError } from "../bench.ts";
import type { AlarmsByDevice } from "./alarms.ts";
import { rowsInAlarm } from "./alarms.ts";
import type { Figures } from "./figures.ts";
import { confusion, meanOf, risesIn, share } from "./figures.ts";
import type { LabelledSet } from "./labelled-set.ts";

/** Attacks on a water network: S = half how soon they are found, half how well the hours are told apart. */
export function scoreBatadal(set: LabelledSet, alarms: AlarmsByDevice): Figures {
  const [device, ...others] = set.labels?.keys() ?? [];
  if (device === undefined || others.length > 0) {
    throw new BenchError(
      `${set.path}: the score of this kind of set is defined for exactly one device`,
    );
  }
  const scored = set.span(device, "scored");
  const stamps = set.stamps(device).filter((at) => at >= scored.from && at <= scored.to);
  const inAlarm = rowsInAlarm(stamps, alarms.get(device) ?? []);
  const attacks = set.labels?.get(device) ?? [];
  const bad = stamps.map((at) => attacks.some(({ from, to }) => from <= at && at <= to));
  const found = attacks.map(({ from, to }) => {
    const hours = inAlarm.filter((_, row) => {
      const at = stamps[row] ?? Number.NaN;
      return from <= at && at <= to;
    });
    const delay = hours.indexOf(true);
    return delay < 0 ? { delay: null, early: 0 } : { delay, early: 1 - delay / hours.length };
  });
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusion(inAlarm, bad);
  const TPR = share(truePositives, truePositives + falseNegatives);
  const TNR = share(trueNegatives, trueNegatives + falsePositives);
  const S_TTD = meanOf(found.map(({ early }) => early));
  const S_CLF = ((TPR ?? 0) + (TNR ?? 0)) / 2;
  const falseEpisodes = risesIn(inAlarm.map((alarm, row) => alarm && bad[row] !== true));
  const quietHours = bad.filter((isBad) => !isBad).length;
  return {
    S: 0.5 * (S_TTD ?? 0) + 0.5 * S_CLF,
    S_TTD,
    S_CLF,
    attacksFound: found.filter(({ delay }) => delay !== null).length,
    attacks: attacks.length,
    TPR,
    TNR,
    delaysH: found.map(({ delay }) => delay),
    falseEpisodes,
    falsePer30d: (30 * falseEpisodes) / (quietHours / 24),
  };
}
