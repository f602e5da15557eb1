import type { Severity } from "#domain/case/case.ts";
import type { SourceFile } from "#domain/record.ts";
import type { Calendar } from "#domain/service/calendar.ts";
import type { DurationMs } from "#domain/units.ts";

export interface Digest {
  /** Five fields of cron: minute, hour, day of the month, month, weekday. */
  readonly cron: string;
  readonly timeZone: string;
}

export interface Team {
  readonly name: string;
  /** Ids of its products; `all`: every product that no team names. */
  readonly products: readonly string[] | "all";
  /** Addresses by rung of the escalation chain; 0 = the team itself. None in the decision state. */
  readonly mail: readonly (readonly string[])[];
  readonly digest?: Digest;
}

/** What is promised for a case. Times are business time on the calendar. */
export interface ServiceLevel {
  readonly name: string;
  /** Absent: any. */
  readonly severity?: Severity;
  /** Device attribute `contract`; absent: any. */
  readonly contract?: string;
  readonly firstResponse: DurationMs;
  readonly solution: DurationMs;
  readonly calendar: string;
  /** Share of a time after which is warned, above 0 and below 1. */
  readonly warnAt: number;
}

/** The service file, ready for use. */
export interface ServiceFile {
  readonly teams: readonly Team[];
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** The first that fits is used; the last one fits every case. */
  readonly levels: readonly ServiceLevel[];
}

/** A service file and what it says. */
export interface ServiceInForce {
  readonly file: SourceFile;
  readonly service: ServiceFile;
}

/** The team that has the product: the one that names it, else the one for all; undefined = none. */
export function teamFor(service: ServiceFile | undefined, product: string): Team | undefined {
  const teams = service?.teams ?? [];
  const named = teams.find(({ products }) => products !== "all" && products.includes(product));
  return named ?? teams.find(({ products }) => products === "all");
}

export function levelFor(
  service: ServiceFile,
  about: { readonly severity: Severity; readonly contract: string },
): ServiceLevel | undefined {
  return service.levels.find(
    ({ severity = about.severity, contract = about.contract }) =>
      severity === about.severity && contract === about.contract,
  );
}
