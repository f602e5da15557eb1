import type { TroubleKind } from "../models/trouble-model.ts";

/** One row of the ground truth: what was really wrong, whatever anybody noticed. Times are ISO 8601. */
export interface TruthRow {
  readonly device: string;
  readonly product: string;
  readonly kind: TroubleKind;
  readonly name: string;
  readonly from: string;
  /** Null while it lasts at the end of the run. */
  readonly to: string | null;
  /** The command that ended it, `owner`, or `time`; absent while it lasts. */
  readonly curedBy?: string;
  /** The shipped rule that should find it. */
  readonly expectedRule?: string;
}

interface OpenTruth {
  readonly device: string;
  readonly product: string;
  readonly kind: TroubleKind;
  readonly name: string;
  readonly fromMs: number;
  readonly expectedRule?: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Collects what was really wrong, from the models and never from the gateway. */
export class Truth {
  readonly #open = new Map<string, OpenTruth>();
  readonly #rows: TruthRow[] = [];

  begin(truth: OpenTruth): void {
    this.#open.set(`${truth.device}/${truth.name}`, truth);
  }

  end(device: string, name: string, how: { readonly atMs: number; readonly by: string }): void {
    const key = `${device}/${name}`;
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#rows.push(rowOf(open, how));
  }

  /** Everything so far in order of its beginning. */
  rows(): readonly TruthRow[] {
    const lasting = [...this.#open.values()].map((open) => rowOf(open, undefined));
    return [...this.#rows, ...lasting].sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  toNdjson(): string {
    return this.rows()
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("");
  }
}

function rowOf(
  { fromMs, ...open }: OpenTruth,
  end: { readonly atMs: number; readonly by: string } | undefined,
): TruthRow {
  const { device, product, kind, name, expectedRule } = open;
  return {
    device,
    product,
    kind,
    name,
    from: iso(fromMs),
    to: end === undefined ? null : iso(end.atMs),
    ...(end === undefined ? {} : { curedBy: end.by }),
    ...(expectedRule === undefined ? {} : { expectedRule }),
  };
}
