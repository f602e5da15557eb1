import type { Predicate, SignalView } from "#domain/detect/detector.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { ProofProgress } from "#domain/remedy/remedy-state.ts";
import type { Verification } from "#domain/rules/rule.ts";
import type { CompiledProduct } from "#domain/rules/ruleset.ts";
import type { DurationMs } from "#domain/units.ts";

/** Longer between two samples, and nobody saw what was in between. */
const MAX_GAP_PERIODS = 3;

export const startProgress = (device: DeviceState): ProofProgress => ({
  heldFor: 0,
  heldAt: 0,
  usedFor: 0,
  usedAt: 0,
  useFrom: device.use.total ?? 0,
});

export interface ProofSample {
  readonly product: CompiledProduct;
  readonly device: DeviceState;
  readonly verify: Verification;
  /** `verify.when`, ready to run. */
  readonly proof: Predicate;
  readonly view: SignalView;
}

/**
 * Takes one fresh sample into account. Where proof asks for use, samples at rest neither prove nor
 * disprove. A sample at which the condition is not true, or cannot be told, begins `for` anew; a gap in
 * the samples adds nothing to it.
 */
export function nextProgress(
  sample: ProofSample,
  before: ProofProgress,
): { readonly proved: boolean; readonly progress: ProofProgress } {
  const { verify, proof, view } = sample;
  const used = withUse(sample, before);
  if (!counts(sample, used)) return { proved: false, progress: { ...used, heldAt: 0 } };
  if (proof.test(view) !== true) {
    return { proved: false, progress: { ...used, heldFor: 0, heldAt: 0 } };
  }
  const since = used.heldAt === 0 ? 0 : view.at - used.heldAt;
  const seen = since <= longestGap(sample.product, proof.signals) ? Math.max(0, since) : 0;
  const heldFor = used.heldFor + seen;
  return { proved: heldFor >= (verify.for ?? 0), progress: { ...used, heldFor, heldAt: view.at } };
}

/** Whether the device was used since the proof began, in whatever way the product tells. */
export const wasUsed = (device: DeviceState, progress: ProofProgress): boolean =>
  progress.usedFor > 0 || progress.usedAt !== 0 || useSince(device, progress.useFrom) > 0;

/** Use since a moment at which it was `from` in all; a new owner begins at 0. */
export function useSince(device: DeviceState, from: number): number {
  const total = device.use.total ?? 0;
  return total < from ? total : total - from;
}

function withUse({ product, verify, view }: ProofSample, before: ProofProgress): ProofProgress {
  const { inUse } = verify;
  if (inUse === undefined || (inUse !== true && "amount" in inUse)) return before;
  const isUsed = product.inUse?.test(view) === true;
  const gap = longestGap(product, product.inUse?.signals ?? []);
  const lasted = before.usedAt === 0 ? 0 : Math.min(Math.max(0, view.at - before.usedAt), gap);
  return { ...before, usedFor: before.usedFor + lasted, usedAt: isUsed ? view.at : 0 };
}

function counts({ device, verify }: ProofSample, progress: ProofProgress): boolean {
  const { inUse } = verify;
  if (inUse === undefined) return true;
  if (inUse === true) return progress.usedAt !== 0;
  if ("ms" in inUse) return progress.usedFor >= inUse.ms;
  return useSince(device, progress.useFrom) >= inUse.amount;
}

function longestGap({ model }: CompiledProduct, signals: readonly string[]): DurationMs {
  const periods = signals.map((name) => model.signals[name]?.periodMs ?? 0);
  return MAX_GAP_PERIODS * Math.max(model.expectedPeriodMs, ...periods);
}
