import type { DeskOutcome, Ticket } from "#ports/desk.ts";
import { done, refused, thenDone, unknown } from "../desk-http/outcome.ts";
import type { RedmineIssue } from "./redmine-api.ts";
import { MAX_PAGE } from "./redmine-api.ts";
import type { Redmine } from "./redmine-desk.ts";
import { fieldNumber } from "./redmine-site.ts";
import { fieldValue, toTicket } from "./redmine-ticket.ts";

/** More than these share no reference, and are no orphans: then the filter is not what it should be. */
const MAX_FOUND = 5 * MAX_PAGE;

/**
 * Issues with this reference, oldest first. Redmine leaves a filter out that it does not know and
 * answers with all issues: a row that holds something else says that nothing is proved.
 */
export async function findTickets(
  redmine: Redmine,
  reference: string,
  known: readonly string[],
): Promise<DeskOutcome<readonly Ticket[]>> {
  const { api, settings, site } = redmine;
  const field = fieldNumber(site, settings, "reference");
  if (field.kind !== "done") return field;
  const rows = await allIssues(redmine, { [`cf_${field.value}`]: reference });
  if (rows.kind !== "done") return rows;
  const found = rows.value.filter((row) => fieldValue(site, row, "reference") === reference);
  if (found.length < rows.value.length) return filterIgnored(redmine);
  const missing = known.filter((id) => !found.some((row) => String(row.id) === id));
  if (missing.length > 0) {
    return unknown(
      `${settings.name}: ${missing.map((id) => `#${id}`).join(", ")} should hold the reference ${reference} and is not found`,
    );
  }
  const tickets: Ticket[] = [];
  for (const { id } of found) {
    // A list has no journals, and without them no version.
    const whole = await api.issue(String(id));
    if (whole.kind !== "done") return whole;
    tickets.push(toTicket(site, settings, whole.value));
  }
  return done(tickets);
}

/** Issues of our own user without a reference, not yet rejected. */
export async function findOrphans(redmine: Redmine): Promise<DeskOutcome<readonly Ticket[]>> {
  const { settings, site } = redmine;
  const field = fieldNumber(site, settings, "reference");
  if (field.kind !== "done") return field;
  return thenDone(
    allIssues(redmine, { author_id: site.me.id, [`cf_${field.value}`]: "!*" }),
    (rows) =>
      rows.some((row) => fieldValue(site, row, "reference") !== "")
        ? filterIgnored(redmine)
        : done(
            rows
              .map((row) => toTicket(site, settings, row))
              .filter(({ status }) => status !== "rejected"),
          ),
  );
}

const filterIgnored = ({ settings }: Redmine): DeskOutcome<never> =>
  refused(
    "invalid",
    `${settings.name}: Redmine does not search by the field ${JSON.stringify(settings.fields.reference)}; tick "Used as a filter" and "For all projects" in the field`,
  );

async function allIssues(
  { api, settings }: Redmine,
  query: Readonly<Record<string, string | number>>,
): Promise<DeskOutcome<readonly RedmineIssue[]>> {
  const all: RedmineIssue[] = [];
  while (all.length < MAX_FOUND) {
    const page = await api.issues({ ...query, sort: "id", offset: all.length });
    if (page.kind !== "done") return page;
    all.push(...page.value.issues);
    if (page.value.issues.length < MAX_PAGE) return done(all);
  }
  return refused("invalid", `${settings.name}: a search finds more than ${MAX_FOUND} issues`);
}
