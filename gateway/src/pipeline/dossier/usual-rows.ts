import type { SignalModel } from "@voorzorg/firmware-contracts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import type { Distribution } from "#pipeline/dossier/distribution.ts";
import type { CaseFacts, Compared } from "#pipeline/dossier/facts.ts";
import { isAboutUse } from "#pipeline/dossier/facts.ts";
import type { PeersNow } from "#pipeline/dossier/usual.ts";
import { FEWEST_PEERS, USUAL_DAYS, usualUse } from "#pipeline/dossier/usual.ts";
import { momentText } from "#pipeline/wording/moment.ts";
import { valueText } from "#pipeline/wording/value-text.ts";

type Row = readonly [string, string];

/** The telling signals against what is usual for this device and for its peers. */
export function usualRows(facts: CaseFacts, style: DossierStyle): readonly Row[] {
  const signals = facts.compared.flatMap((compared) => signalRows(facts, compared, style));
  return isAboutUse(facts.view) ? [...useRows(facts), ...signals] : signals;
}

function signalRows(
  facts: CaseFacts,
  compared: Compared,
  { timeZone }: DossierStyle,
): readonly Row[] {
  const { view, device, product } = facts;
  const model = product?.signals[compared.signal];
  const title = model?.title ?? compared.signal;
  const then = view.evidence.values[compared.signal];
  const now = device?.signals[compared.signal];
  const rows: Row[] = [];
  if (then !== undefined) rows.push([`${title} when found`, valueText(then, model)]);
  if (now !== undefined) {
    const at = momentText(now.at, timeZone);
    rows.push([`${title} at last`, `${valueText(now.value, model)}, ${at}`]);
  }
  const { distribution, missing } = compared.usual;
  const usual = usualText(distribution, model, `${USUAL_DAYS} days before it began`);
  rows.push([`${title} usually`, [usual, missing].filter((text) => text !== "").join(" ")]);
  // States of others at this moment say nothing; their numbers do.
  if (model === undefined || model.kind === "gauge") {
    rows.push([`${title} of peers now`, peersText(compared.peers, model, facts)]);
  }
  return rows;
}

function usualText(
  distribution: Distribution,
  model: Pick<SignalModel, "unit"> | undefined,
  period: string,
): string {
  const text = (value: number): string => valueText(value, model);
  switch (distribution.kind) {
    case "numbers":
      return `${text(distribution.median)} in the middle, mostly ${text(distribution.low)} to ${text(distribution.high)} (5 to 95 % of the values of the ${period}).`;
    case "growth":
      return `grows by ${text(distribution.perDay)} a day (the ${period}).`;
    case "states":
      return `${distribution.shares.map(([name, share]) => `${name} ${percent(share)}`).join(", ")} of the time (the ${period}).`;
    case "none":
      return `no samples of the ${period} are stored.`;
  }
}

const percent = (share: number): string =>
  share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;

function peersText(
  peers: PeersNow | undefined,
  model: Pick<SignalModel, "unit"> | undefined,
  { device }: CaseFacts,
): string {
  const cohort = device === undefined || device.cohort === "" ? "the product" : device.cohort;
  if (peers?.distribution.kind !== "numbers") {
    return `fewer than ${FEWEST_PEERS} devices of ${cohort} tell this number, so there is nothing to compare with.`;
  }
  const text = (value: number): string => valueText(value, model);
  return `${text(peers.distribution.median)} in the middle, ${text(peers.min)} to ${text(peers.max)} (${peers.count} devices of ${cohort}).`;
}

function useRows(facts: CaseFacts): readonly Row[] {
  const { view, device, product } = facts;
  if (device === undefined) return [];
  const model = { unit: product?.use?.unit ?? "1" };
  const title = `${product?.use?.title ?? "Use"} per day`;
  const days = device.use.slice(-7);
  const sum = days.reduce((total, { amount }) => total + amount, 0);
  const lately =
    days.length === 0
      ? "no day of use is known."
      : `${valueText(sum / days.length, model)} on average over the last ${days.length} days known.`;
  return [
    [title, lately],
    [
      `${title} usually`,
      usualText(usualUse(device, view.evidence.onsetAt), model, "28 days before it began"),
    ],
    [`${title} of peers`, peersText(facts.peersUse, model, facts)],
  ];
}
