import type { StoreProblem } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { InfluxLink, LinkAnswer } from "./link.ts";

/** What a write's answer means for its lines. */
export type WriteVerdict =
  | { readonly kind: "taken" }
  | { readonly kind: "too_large"; readonly reason: string }
  /** At least one line is bad; the others may or may not be stored. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      /** The words are those that InfluxDB has for bad lines; else the request may be what is wrong. */
      readonly known: boolean;
      /** How many points the server says it dropped. */
      readonly dropped: number | undefined;
    }
  | { readonly kind: "unavailable"; readonly error: SeriesUnavailableError };

/** InfluxDB's words for bad lines, of 1.x and 2.x. */
const BAD_LINES =
  /partial write|unable to parse|field type conflict|retention policy|too long|exceeded|out of range|invalid (field|number|boolean|line|tag|timestamp)|missing (field|tag|measurement)/i;
const LONGEST_REASON = 500;

export function verdictOf(answer: LinkAnswer<unknown>, link: InfluxLink): WriteVerdict {
  if (answer.kind === "done") return { kind: "taken" };
  if (answer.kind === "answered") {
    const reason = answer.reason.slice(0, LONGEST_REASON);
    if (answer.status === 413) return { kind: "too_large", reason };
    if (answer.status === 400 || answer.status === 422) {
      const known = answer.status === 422 || BAD_LINES.test(answer.reason);
      return { kind: "refused", reason, known, dropped: droppedIn(answer.reason) };
    }
  }
  return { kind: "unavailable", error: unavailable(answer, link) };
}

/** For every answer that is not about the lines: a wrong token must never look like bad samples. */
export function unavailable(
  answer: Exclude<LinkAnswer<unknown>, { readonly kind: "done" }>,
  link: InfluxLink,
): SeriesUnavailableError {
  if (answer.kind === "silent") {
    return new SeriesUnavailableError(`${link.name} does not answer: ${answer.reason}`);
  }
  const { status, retryAfterMs } = answer;
  const said = `${link.name} answers ${status}: ${answer.reason.slice(0, LONGEST_REASON)}`;
  const problem = problemOf(status);
  return problem === "unreachable"
    ? new SeriesUnavailableError(said, { problem, retryAfterMs })
    : new SeriesUnavailableError(`${said}; check ${link.settings}`, { problem });
}

/** Passing troubles are those of the server and its proxies; everything else needs a person. */
function problemOf(status: number): StoreProblem {
  return status >= 500 || status === 429 || status === 408 ? "unreachable" : "denied";
}

/** Newer releases of 2.x name the database behind the number. */
function droppedIn(reason: string): number | undefined {
  const found = /dropped=(\d+)(?: for database: .*)?\s*$/.exec(reason)?.[1];
  return found === undefined ? undefined : Number(found);
}
