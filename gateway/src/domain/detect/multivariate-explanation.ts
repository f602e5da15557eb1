import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { Explanation } from "#domain/detect/detector.ts";
import type { Finding, MultivariateState, Part } from "#domain/detect/multivariate-state.ts";
import type { Outside } from "#domain/detect/value-ranges.ts";
import { quantity } from "#domain/detect/wording.ts";
import type { MultivariateTest, RangesTest } from "#domain/rules/kinds/multivariate-test.ts";
import type { Rule } from "#domain/rules/rule.ts";

/** Says which signals no longer go with the others, by how much, and what they should be. */
export function explainMultivariate(
  rule: Rule,
  test: MultivariateTest,
  parts: { readonly model: ProductModel; readonly state: MultivariateState },
): Explanation {
  const { finding } = parts.state;
  if (finding === null) {
    return {
      observed: "no sample yet",
      expected: `${test.signals.join(", ")} in their usual relation`,
      signals: test.signals,
      limits: [],
      values: {},
      disproof: rule.disproof,
      sure: "low: no sample yet",
    };
  }
  const words = new Words(test, parts.model);
  const relation = finding.distance > test.limit;
  const range = test.ranges === undefined ? undefined : finding.outside;
  const told = [
    ...(range ? [words.outside(range)] : []),
    ...(relation || !range ? [words.relation(finding)] : []),
  ];
  const named = [
    ...(range ? [words.ranged(range)] : []),
    ...finding.parts.map(({ signal }) => signal),
  ].filter((signal, i, all) => all.indexOf(signal) === i);
  return {
    observed: told.map(({ observed }) => observed).join("; "),
    expected: told.map(({ expected }) => expected).join("; "),
    signals: named,
    limits: range ? [words.limit(range)] : [],
    values: Object.fromEntries([
      ...finding.parts.map(({ signal, value }) => [signal, rounded(value)] as const),
      ...(range ? [[words.ranged(range), rounded(range.value)] as const] : []),
    ]),
    disproof:
      rule.disproof ||
      "the machine works in a way that is right but was never seen while this was learned",
    sure: howSure(finding, parts.state.beyond),
    contributions: relation
      ? finding.parts.map(({ signal, share }) => ({ signal, share: rounded(share) }))
      : named.slice(0, 1).map((signal) => ({ signal, share: 1 })),
  };
}

interface Told {
  readonly observed: string;
  readonly expected: string;
}

class Words {
  readonly #test: MultivariateTest;
  readonly #ranges: RangesTest | undefined;
  readonly #model: ProductModel;

  constructor(test: MultivariateTest, model: ProductModel) {
    this.#test = test;
    this.#ranges = test.ranges;
    this.#model = model;
  }

  relation({ distance, parts }: Finding): Told {
    const { limit } = this.#test;
    const seen = parts.map((part) => this.#part(part)).join(", ");
    return {
      observed: `the signals are ${distance.toFixed(1)} times as far from their usual relation as normal: ${seen}`,
      expected: `at most ${limit} times; ${parts
        .map(({ signal, implied }) => `${signal} about ${this.#shown(signal, implied)}`)
        .join(", ")}`,
    };
  }

  outside(range: Outside): Told {
    const signal = this.ranged(range);
    const low = range.value < range.edge;
    const state = this.#given(range);
    const edge = this.#shown(signal, range.edge);
    return {
      observed: `${signal} ${this.#shown(signal, range.value)}${state}`,
      expected: `${signal} at ${low ? "least" : "most"} ${edge}${state}, as ever seen so far`,
    };
  }

  ranged({ signal }: Outside): string {
    return this.#ranges?.of[signal] ?? "";
  }

  limit(range: Outside): EvidenceLimit {
    const op = range.value < range.edge ? "<" : ">";
    return { signal: this.ranged(range), op, value: rounded(range.edge) };
  }

  #part({ signal, share, value, implied }: Part): string {
    const percent = Math.round(share * 100);
    return `${signal} ${this.#shown(signal, value)} where the others imply ${this.#shown(signal, implied)} (${percent} % of it)`;
  }

  #given({ given }: Outside): string {
    if (given === null) return "";
    const signal = this.#ranges?.given[given.signal] ?? "";
    return ` while ${signal} is ${given.on ? "on" : "off"}`;
  }

  #shown(signal: string, value: number): string {
    return quantity(value, this.#model.signals[signal]?.unit);
  }
}

/** Far beyond the limit, or for several samples, is no chance; a relation can also be new and right. */
function howSure({ excess }: Finding, beyond: number): string {
  const held = beyond <= 1 ? "1 sample" : `${beyond} samples in a row`;
  const level = excess >= 2 || beyond >= 5 ? "high" : "medium";
  return `${level}: ${held} beyond what was normal, the last one ${excess.toFixed(1)} times what is allowed`;
}

const rounded = (value: number): number => Number(value.toPrecision(5));
