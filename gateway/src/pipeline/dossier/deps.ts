import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { RuleView } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { ChartDrawer } from "#ports/chart-drawer.ts";
import type { Clock } from "#ports/clock.ts";
import type { SeriesReader } from "#ports/series-store.ts";

/** What a dossier is written from. */
export interface DossierDeps {
  readonly cases: Pick<
    CaseReader,
    "case" | "timeline" | "cases" | "alerts" | "devices" | "device" | "problem"
  >;
  readonly series: SeriesReader;
  /** In force now; asked anew for each dossier. */
  readonly catalogue: () => {
    readonly products: readonly ProductModel[];
    readonly rules: readonly RuleView[];
  };
  readonly charts: ChartDrawer;
  /** Signs a link that answers a case; undefined = no such links are written. */
  readonly signAnswer: ((caseId: string, expiresAt: EpochMs) => string) | undefined;
  /** Of the console, as agents reach it, without a slash at its end; "" = not known, no links are written. */
  readonly publicUrl: string;
  /** Undefined for a desk that is not known: UTC and the usual subject. */
  readonly desk: (name: string) => DossierStyle | undefined;
  readonly clock: Clock;
  /** A turn of the event loop: looking through a large fleet must not hold up the thread. */
  readonly breathe?: () => Promise<void>;
}

export interface DossierStyle {
  /** IANA name, e.g. `Europe/Amsterdam`. */
  readonly timeZone: string;
  readonly templates: {
    /** With `{title}`, `{device}`, `{product}`, `{place}`, `{severity}`, `{kind}`, `{rule}`. */
    readonly subject: string;
    /** Below the draft for the owner; absent: "Your service team" in the owner's language. */
    readonly signature?: string;
  };
}

export const USUAL_STYLE: DossierStyle = {
  timeZone: "UTC",
  templates: { subject: "{device}, {place}: {title}" },
};
