import type { ActionAnswer } from "#domain/effects.ts";
import type { Action, SourceFile } from "#domain/record.ts";
import type { DeskCheck, DeskOutcome } from "#ports/desk.ts";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import type { DeskStatus, HookAnswer } from "#ports/desk-side.ts";
import type { SeriesAnswer, SeriesQuery } from "#ports/series-store.ts";

export interface DeskWorkerData {
  readonly dataDir: string;
  readonly desks: readonly { readonly settings: DeskSettings; readonly secrets: DeskSecrets }[];
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
  /** How people reach the console, without a slash at its end. */
  readonly publicUrl: string;
  /** Tells this process's leases from those of another. */
  readonly worker: string;
}

type Labels = Readonly<Record<string, string>>;

/** What the main thread answers the desks' thread. */
export type MainSide = {
  readonly act: (asked: {
    readonly id: string;
    readonly by: string;
    readonly action: Action;
  }) => Promise<ActionAnswer>;
  readonly series: (query: SeriesQuery) => Promise<SeriesAnswer>;
  /** A desk cannot be worked with; "" = it can again. */
  readonly trouble: (told: { readonly desk: string; readonly reason: string }) => void;
  readonly log: (line: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly fields: Readonly<Record<string, unknown>>;
    readonly message: string;
  }) => void;
  readonly count: (one: {
    readonly name: string;
    readonly labels: Labels;
    readonly by: number;
  }) => void;
  readonly gauge: (one: {
    readonly name: string;
    readonly value: number;
    readonly labels: Labels;
  }) => void;
  readonly observe: (one: {
    readonly name: string;
    readonly seconds: number;
    readonly labels: Labels;
  }) => void;
};

/** What the desks' thread answers the main thread. */
export type DeskThread = {
  readonly start: (nothing: null) => Promise<void>;
  /** Cases or problems changed. */
  readonly changed: (nothing: null) => void;
  readonly status: (nothing: null) => Promise<readonly DeskStatus[]>;
  readonly hook: (given: {
    readonly desk: string;
    readonly headers: Labels;
    readonly body: Uint8Array;
  }) => Promise<HookAnswer>;
  readonly retry: (asked: { readonly desk: string; readonly subject: string }) => Promise<boolean>;
  readonly check: (asked: { readonly desk: string }) => Promise<DeskOutcome<DeskCheck> | undefined>;
  readonly close: (nothing: null) => Promise<void>;
};
