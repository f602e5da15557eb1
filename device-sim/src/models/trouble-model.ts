/** What a trouble is in truth, before any rule has looked. */
export type TroubleKind = "fault" | "misuse" | "underuse" | "network" | "habit";

export interface TroubleModel {
  readonly name: string;
  readonly kind: TroubleKind;
  /** In words, for the story. */
  readonly title: string;
  /** Commands that end it; empty: only a person can. */
  readonly curedBy: readonly string[];
  /** Rule of the shipped rules that should find it; absent: none does yet. */
  readonly expectedRule?: string;
  /** How long it takes at least until it shows; plans leave that much time before the end. */
  readonly showsWithinH: number;
}

type Row = readonly [
  kind: TroubleKind,
  name: string,
  title: string,
  curedBy: readonly string[],
  showsWithinH: number,
  expectedRule?: string,
];

export function models(rows: readonly Row[]): readonly TroubleModel[] {
  return rows.map(([kind, name, title, curedBy, showsWithinH, expectedRule]) => ({
    kind,
    name,
    title,
    curedBy,
    showsWithinH,
    ...(expectedRule === undefined ? {} : { expectedRule }),
  }));
}
