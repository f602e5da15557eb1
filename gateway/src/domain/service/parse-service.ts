import type { Problem } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import type { SourceFile } from "#domain/record.ts";
import { nearest } from "#domain/rules/nearest.ts";
import { formProblems } from "#domain/rules/rule-file-shape.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import { YamlSource } from "#domain/rules/yaml-source.ts";
import type { OpenWindow } from "#domain/service/calendar.ts";
import { Calendar } from "#domain/service/calendar.ts";
import {
  holidayProblem,
  isTimeZone,
  overlapOf,
  readHours,
} from "#domain/service/calendar-hours.ts";
import { cronProblem } from "#domain/service/cron-fields.ts";
import type {
  ServiceFile,
  ServiceInForce,
  ServiceLevel,
  Team,
} from "#domain/service/service-file.ts";
import type {
  CalendarSource,
  LevelSource,
  ServiceSource,
  TeamSource,
} from "#domain/service/service-schema.ts";
import { serviceSchema, WEEKDAYS } from "#domain/service/service-schema.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";

export type ParsedService =
  | { readonly ok: true; readonly service: ServiceFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const WARN_AT = 0.8;

/**
 * Reads the service file. It is refused whole, with every problem at once and its place.
 * `addresses: false`: a text of `forJournal`, whose teams have none.
 */
export function parseService(
  path: string,
  text: string,
  { addresses = true }: { readonly addresses?: boolean } = {},
): ParsedService {
  const source = new YamlSource(path, text);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const parsed = serviceSchema.safeParse(source.value(), { reportInput: true });
  if (!parsed.success) {
    const schema = z.toJSONSchema(serviceSchema, { io: "input" });
    return { ok: false, problems: formProblems(parsed.error.issues, source, schema) };
  }
  const reader = new ServiceReader(source, addresses);
  const service = reader.read(parsed.data);
  return reader.problems.length > 0
    ? { ok: false, problems: reader.problems }
    : { ok: true, service };
}

class ServiceReader {
  readonly problems: Problem[] = [];
  readonly #source: YamlSource;
  readonly #addresses: boolean;

  constructor(source: YamlSource, addresses: boolean) {
    this.#source = source;
    this.#addresses = addresses;
  }

  read({ teams, calendars, levels }: ServiceSource): ServiceFile {
    const read = Object.entries(teams).map(([name, team]) => this.#team(name, team));
    this.#oneTeamEach(read);
    const ready = new Map(
      Object.entries(calendars).map(([name, given]) => [name, this.#calendar(name, given)]),
    );
    const found = levels.map((level, i) => this.#level(level, ready, ["levels", i]));
    this.#reachable(found);
    return { teams: read, calendars: ready, levels: found };
  }

  #team(name: string, { products, mail = [], digest }: TeamSource): Team {
    const path = ["teams", name, "digest"];
    if (this.#addresses && mail.length === 0) {
      const message = "`mail` is missing; write the addresses of the team, [[a@example.com]]";
      this.#at(["teams", name], message);
    }
    if (digest !== undefined) {
      this.#zone(digest.timeZone, [...path, "timeZone"]);
      const wrong = cronProblem(digest.cron);
      if (wrong !== undefined) this.#at([...path, "cron"], `\`cron\` ${wrong}`);
    }
    return { name, products, mail, ...(digest === undefined ? {} : { digest }) };
  }

  #oneTeamEach(teams: readonly Team[]): void {
    const taken = new Map<string, string>();
    for (const { name, products } of teams) {
      for (const product of products === "all" ? ["all"] : products) {
        const other = taken.get(product);
        const what = product === "all" ? "the rest (`all`)" : JSON.stringify(product);
        if (other !== undefined) {
          const message = `${what} belongs to the team ${JSON.stringify(other)} already; one team has it`;
          this.#at(["teams", name, "products"], message);
        }
        taken.set(product, name);
      }
    }
  }

  #calendar(name: string, { timeZone, hours, holidays = [] }: CalendarSource): Calendar {
    const path = ["calendars", name];
    const known = this.#zone(timeZone, [...path, "timeZone"]);
    for (const [i, day] of holidays.entries()) {
      const wrong = holidayProblem(day);
      if (wrong !== undefined) this.#at([...path, "holidays", i], `\`holidays\` ${wrong}`);
    }
    const week = hours === "always" ? WEEKDAYS.map(() => ALL_DAY) : this.#week(hours, path);
    return new Calendar({
      timeZone: known ? timeZone : "UTC",
      week,
      holidays: new Set(holidays),
    });
  }

  #week(
    hours: Exclude<CalendarSource["hours"], "always">,
    path: YamlPath,
  ): readonly (readonly OpenWindow[])[] {
    const week = WEEKDAYS.map((day): readonly OpenWindow[] => {
      const text = hours[day];
      if (text === undefined) return [];
      const read = readHours(text);
      if (typeof read !== "string") return read;
      this.#at([...path, "hours", day], `\`${day}\` ${read}`);
      return ALL_DAY;
    });
    if (week.every((day) => day.length === 0)) {
      this.#at([...path, "hours"], '`hours` are never open; write at least one day, or "always"');
      return WEEKDAYS.map(() => ALL_DAY);
    }
    const late = WEEKDAYS[overlapOf(week)];
    if (late !== undefined) {
      const message = `\`${late}\` runs into the times of the next day; let it end where they begin`;
      this.#at([...path, "hours", late], message);
    }
    return week;
  }

  #level(
    level: LevelSource,
    calendars: ReadonlyMap<string, Calendar>,
    path: YamlPath,
  ): ServiceLevel {
    const { name, severity, contract, calendar, warnAt = WARN_AT } = level;
    const dayMs = calendars.get(calendar)?.dayMs ?? DAY_MS;
    if (!calendars.has(calendar)) {
      const names = [...calendars.keys()];
      const near = nearest(calendar, names);
      const right = near === undefined ? names.join(", ") : JSON.stringify(near);
      const message = `there is no calendar ${JSON.stringify(calendar)}; write ${right || "one under `calendars`"}`;
      this.#at([...path, "calendar"], message);
    }
    const firstResponse = businessTime(level.firstResponse, dayMs);
    const solution = businessTime(level.solution, dayMs);
    if (firstResponse < MINUTE_MS) this.#at([...path, "firstResponse"], "must be at least 1m");
    if (solution < firstResponse) {
      const message = `\`solution\` (${level.solution}) is shorter than the first response (${level.firstResponse})`;
      this.#at([...path, "solution"], message);
    }
    return {
      name,
      ...(severity === undefined ? {} : { severity }),
      ...(contract === undefined ? {} : { contract }),
      firstResponse,
      solution,
      calendar,
      warnAt,
    };
  }

  /** The first that fits is used, so nothing may stand behind what fits the same; the last fits all. */
  #reachable(levels: readonly ServiceLevel[]): void {
    levels.forEach((level, i) => {
      const earlier = levels.slice(0, i).find((one) => covers(one, level));
      if (earlier === undefined) return;
      const message = `level ${JSON.stringify(level.name)} is never used: ${JSON.stringify(earlier.name)} before it fits everything that it fits; put the special ones first`;
      this.#at(["levels", i], message);
    });
    const last = levels.at(-1);
    if (last !== undefined && (last.severity !== undefined || last.contract !== undefined)) {
      const message = "the last level must fit every case: without severity and contract";
      this.#at(["levels", levels.length - 1], message);
    }
  }

  #zone(name: string, path: YamlPath): boolean {
    const known = isTimeZone(name);
    if (!known) {
      const message = `there is no time zone ${JSON.stringify(name)}; write an IANA name such as Europe/Amsterdam`;
      this.#at(path, message);
    }
    return known;
  }

  #at(path: YamlPath, message: string): void {
    this.problems.push(this.#source.problem(path, message));
  }
}

const ALL_DAY: readonly OpenWindow[] = [[0, 1_440]];

const covers = (wide: ServiceLevel, narrow: ServiceLevel): boolean =>
  (wide.severity === undefined || wide.severity === narrow.severity) &&
  (wide.contract === undefined || wide.contract === narrow.contract);

const UNITS: Readonly<Record<string, DurationMs>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
};

/** Business time of a duration text whose form the schema has checked; a day is a working day. */
function businessTime(text: string, dayMs: DurationMs): DurationMs {
  const [, number = "0", unit = "d"] = /^([\d.]+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Math.round(Number(number) * (UNITS[unit] ?? dayMs));
}

/**
 * What the journal keeps of a service file that was read: all that decides, as JSON, and no addresses of
 * people, since nothing can be taken out of the journal again.
 */
export function forJournal({ file, service }: ServiceInForce): SourceFile {
  const teams = service.teams.map(({ name, products }) => [name, { products }]);
  const calendars = [...service.calendars].map(([name, calendar]) => [name, sourceOf(calendar)]);
  const levels = service.levels.map(({ firstResponse, solution, ...level }) => ({
    ...level,
    firstResponse: `${firstResponse}ms`,
    solution: `${solution}ms`,
  }));
  const text = JSON.stringify({
    teams: Object.fromEntries(teams),
    calendars: Object.fromEntries(calendars),
    levels,
  });
  return { path: file.path, text };
}

function sourceOf({ times }: Calendar): object {
  const { timeZone, week, holidays } = times;
  const hours = week.map((day, i) => [WEEKDAYS[i] ?? "", day.map(windowText).join(", ")]);
  const open = hours.filter(([, text]) => text !== "");
  return { timeZone, hours: Object.fromEntries(open), holidays: [...holidays] };
}

const windowText = ([from, to]: OpenWindow): string =>
  `${clockText(from)}-${to > 1_440 ? clockText(to - 1_440) : clockText(to)}`;

const clockText = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, "0")).join(":");
