/**
 * One signal over time, ready to be drawn: by the console's script, and by whatever draws pictures.
 * Plain JSON. `values` of states are places in `categories`; null is a gap.
 */
export interface PlotData {
  readonly title: string;
  /** As people write it; "" = none. */
  readonly unit: string;
  /** A value holds until the next one. */
  readonly stepped: boolean;
  /** Names of states, lowest first; empty = the values are numbers. */
  readonly categories: readonly string[];
  /** Seconds since 1970, ascending; as many as values. */
  readonly seconds: readonly number[];
  readonly values: readonly (number | null)[];
  readonly limits: readonly { readonly value: number; readonly text: string }[];
  readonly marks: readonly {
    readonly second: number;
    readonly text: string;
    readonly tone: "bad" | "watch";
  }[];
}

export interface ChartPicture {
  /** A line above all charts; may hold anything that a device or a person wrote. */
  readonly title: string;
  /** One below the other; those without a value are left out. */
  readonly plots: readonly PlotData[];
  /** IANA name; the axis is labelled in it. */
  readonly timeZone: string;
}

/** Draws charts as people see them in the console. The same picture always has the same bytes. */
export interface ChartDrawer {
  /** A PNG, 800 pixels wide; undefined when there is nothing to draw. */
  draw(picture: ChartPicture): Promise<Uint8Array | undefined>;
}
