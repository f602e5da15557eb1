import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import { done, thenDone } from "../desk-http/outcome.ts";
import type { ZendeskApi, ZendeskField, ZendeskNamed, ZendeskUser } from "./zendesk-api.ts";

/** Numbers of what the desk's file names, as this Zendesk has them. */
export interface Site {
  readonly me: ZendeskUser;
  readonly groups: readonly ZendeskNamed[];
  /** The reference is no field here: it is the ticket's `external_id`. */
  readonly fields: ReadonlyMap<keyof DeskFields, ZendeskField>;
}

export async function loadSite(
  api: ZendeskApi,
  settings: DeskSettings,
): Promise<DeskOutcome<Site>> {
  return thenDone(api.me(), (me) =>
    thenDone(api.groups(), (groups) =>
      thenDone(api.fields(), (all) => done({ me, groups, fields: fieldsOf(settings, all) })),
    ),
  );
}

function fieldsOf(
  { fields }: DeskSettings,
  all: readonly ZendeskField[],
): ReadonlyMap<keyof DeskFields, ZendeskField> {
  const found = new Map<keyof DeskFields, ZendeskField>();
  for (const [key, word] of Object.entries(fields) as [keyof DeskFields, string][]) {
    if (key === "reference") continue;
    const field = all.find(
      ({ id, title, active }) =>
        active !== false && (String(id) === word || title.toLowerCase() === word.toLowerCase()),
    );
    if (field !== undefined) found.set(key, field);
  }
  return found;
}

/** Group for a queue; undefined = there is none of this name. */
export const groupOf = (site: Site, queue: string): ZendeskNamed | undefined =>
  site.groups.find(({ id, name }) => name === queue || String(id) === queue);

/** Word of the desk's file for a group; another group by its name; "" = none. */
export function queueWord(site: Site, settings: DeskSettings, group: number | null): string {
  if (group === null) return "";
  const { default: usual, byProduct, bySeverity } = settings.queues;
  const words = [usual, ...Object.values(byProduct), ...Object.values(bySeverity)];
  return (
    words.find((word) => groupOf(site, word)?.id === group) ??
    site.groups.find(({ id }) => id === group)?.name ??
    `group ${group}`
  );
}

/** Lists are stored by their tags; the desk's file may name an entry by tag or by what agents see. */
export function optionTag(field: ZendeskField, word: string): string | undefined {
  const options = field.custom_field_options;
  if (options === undefined || options === null) return word;
  const lower = word.toLowerCase();
  return options.find(
    ({ name, value }) => value.toLowerCase() === lower || name.toLowerCase() === lower,
  )?.value;
}

/** The desk's file's word for what is stored. */
export const optionWord = (field: ZendeskField, tag: string, words: readonly string[]): string =>
  words.find((word) => optionTag(field, word) === tag) ?? tag;
