import type { DeskOutcome, Ticket } from "#ports/desk.ts";
import { done, mapDone, refused, thenDone, unknown } from "../desk-http/outcome.ts";
import type { JiraIssue } from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";
import { referenceField } from "./jira-site.ts";
import { labelFor, referenceOf, toTicket } from "./jira-ticket.ts";

const MAX_PAGES = 5;

/** `cf[10050]`, by number: a name may be changed, or be there twice. */
const clause = (fieldId: string): string =>
  fieldId.startsWith("customfield_") ? `cf[${fieldId.slice("customfield_".length)}]` : fieldId;

/** Text fields are searched by words, so that more is found than was asked for. */
export function findTickets(
  jira: Jira,
  reference: string,
  known: readonly string[],
): Promise<DeskOutcome<readonly Ticket[]>> {
  const { settings, site } = jira;
  return thenDone(referenceField(site, settings), (field) => {
    const text = reference.replace(/[^A-Za-z0-9-]/g, "");
    const jql = `${clause(field.id)} ~ "\\"${text}\\"" OR labels = "${labelFor(text)}" ORDER BY id ASC`;
    const reconcileIssues = known.map(Number).filter(Number.isSafeInteger).slice(0, 50);
    const body = reconcileIssues.length === 0 ? { jql } : { jql, reconcileIssues };
    return thenDone(allIssues(jira, body), (rows) => {
      const found = rows.filter((row) => referenceOf(site, row) === reference);
      const missing = known.filter((id) => !found.some((row) => row.id === id));
      return missing.length === 0
        ? done(found.map((row) => toTicket(site, settings, row)))
        : unknown(
            `${settings.name}: issue ${missing.join(", ")} should hold the reference ${reference} and is not found`,
          );
    });
  });
}

export function findOrphans(jira: Jira): Promise<DeskOutcome<readonly Ticket[]>> {
  const { settings, site } = jira;
  return thenDone(referenceField(site, settings), async (field) => {
    const jql = `reporter = currentUser() AND ${clause(field.id)} is EMPTY AND statusCategory != Done ORDER BY id ASC`;
    return mapDone(await allIssues(jira, { jql }), (rows) =>
      rows
        .filter((row) => row.fields.reporter?.accountId === site.me.accountId)
        .map((row) => toTicket(site, settings, row))
        .filter((ticket) => ticket.reference === "" && ticket.status !== "rejected"),
    );
  });
}

export async function allIssues(
  { api, settings }: Jira,
  body: Readonly<Record<string, unknown>>,
): Promise<DeskOutcome<readonly JiraIssue[]>> {
  const all: JiraIssue[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await api.search(token === undefined ? body : { ...body, nextPageToken: token });
    if (page.kind !== "done") return page;
    all.push(...page.value.issues);
    token = page.value.nextPageToken ?? undefined;
    if (token === undefined) return done(all);
  }
  return refused("invalid", `${settings.name}: a search finds more than ${all.length} issues`);
}
