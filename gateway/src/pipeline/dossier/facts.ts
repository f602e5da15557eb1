import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import type { DossierDeps } from "#pipeline/dossier/deps.ts";
import type { Neighbours } from "#pipeline/dossier/neighbours.ts";
import type { PeersNow, Usual, UsualReader } from "#pipeline/dossier/usual.ts";
import { peersNow, peersUse } from "#pipeline/dossier/usual.ts";

/** Signals that are compared with what is usual. */
const COMPARED = 2;
const EARLIER = 20;
const SIBLINGS = 50;

/** All that is known around a case, looked up once. */
export interface CaseFacts {
  readonly view: CaseView;
  readonly timeline: readonly CaseEvent[];
  /** Undefined: it is not registered any more. */
  readonly device: DeviceView | undefined;
  readonly product: ProductModel | undefined;
  /** Undefined: the rule is not in force any more. */
  readonly rule: RuleView | undefined;
  /** Other cases of the device, newest first. */
  readonly others: readonly CaseView[];
  /** Open cases of other devices of the same owner. */
  readonly ofOwner: readonly CaseView[];
  /** How many other devices of the owner were looked at. */
  readonly ownerDevices: number;
  /** Active alerts of the device that are not this case's own. */
  readonly alerts: readonly AlertView[];
  /** Other devices with an open case of the same rule. */
  readonly siblings: number;
  readonly problem: ProblemView | undefined;
  /** Per signal of the evidence, most telling first. */
  readonly compared: readonly Compared[];
  /** Peers' use per day, for cases about use. */
  readonly peersUse: PeersNow | undefined;
}

export interface Compared {
  readonly signal: string;
  readonly usual: Usual;
  readonly peers: PeersNow | undefined;
}

export interface FactSources {
  readonly deps: DossierDeps;
  readonly neighbours: Neighbours;
  readonly usual: UsualReader;
}

/** Undefined when there is no such case. */
export async function gatherFacts(
  { deps, neighbours, usual }: FactSources,
  id: string,
): Promise<CaseFacts | undefined> {
  const { cases } = deps;
  const view = await cases.case(id);
  if (view === undefined) return undefined;
  const { products, rules } = deps.catalogue();
  const product = products.find((model) => model.id === view.product);
  const rule = rules.find((one) => one.id === view.rule && one.product === view.product);
  const [timeline, device, others, alerts, siblings, problem] = await Promise.all([
    cases.timeline(id),
    cases.device(view.device),
    cases.cases({ device: view.device, limit: EARLIER + 1 }),
    cases.alerts({ device: view.device, limit: 50 }),
    siblingCount(deps, view),
    view.problem === undefined ? undefined : cases.problem(view.problem),
  ]);
  const around = await lookAround({ deps, neighbours, usual }, { view, device, product });
  return {
    view,
    timeline,
    device,
    product,
    rule,
    others: others.items.filter((other) => other.id !== id),
    alerts: alerts.items.filter((alert) => isActive(alert) && alert.rule !== view.rule),
    siblings,
    problem,
    ...around,
  };
}

const isActive = ({ phase }: AlertView): boolean => phase === "firing" || phase === "clearing";

async function siblingCount({ cases }: DossierDeps, view: CaseView): Promise<number> {
  const { rule } = view;
  const pages = await Promise.all(
    (["open", "acknowledged"] as const).map((status) =>
      cases.cases({ rule, status, limit: SIBLINGS }),
    ),
  );
  const devices = pages
    .flatMap(({ items }) => items)
    .filter(({ product, device }) => product === view.product && device !== view.device)
    .map(({ device }) => device);
  return new Set(devices).size;
}

async function lookAround(
  { deps, neighbours, usual }: FactSources,
  about: {
    readonly view: CaseView;
    readonly device: DeviceView | undefined;
    readonly product: ProductModel | undefined;
  },
): Promise<Pick<CaseFacts, "ofOwner" | "ownerDevices" | "compared" | "peersUse">> {
  const { view, device, product } = about;
  const ids = device === undefined ? [] : await neighbours.ofOwner(device);
  const peers = device === undefined ? [] : await neighbours.peers(device);
  const lists = await Promise.all(ids.map((one) => deps.cases.cases({ device: one, limit: 5 })));
  const signals = view.evidence.signals.slice(0, COMPARED);
  const compared = signals.map(async (signal) => ({
    signal,
    usual: await usual.of(view, signal, product?.signals[signal]),
    peers: peersNow(peers, signal, view.evidence.detectedAt),
  }));
  return {
    ofOwner: lists.flatMap(({ items }) => items).filter(({ status }) => status !== "resolved"),
    ownerDevices: ids.length,
    compared: await Promise.all(compared),
    peersUse: isAboutUse(view) ? peersUse(peers) : undefined,
  };
}

/** Whether use per day is the telling thing: of underuse, and of what rests on no signal at all. */
export const isAboutUse = ({ kind, evidence }: CaseView): boolean =>
  kind === "underuse" || evidence.signals.length === 0;
