import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import { done, refused, thenDone } from "../desk-http/outcome.ts";
import type { JiraApi, JiraField, JiraFormField, JiraPerson, JiraServiceDesk } from "./jira-api.ts";

/** A service project with the request type that tickets are made with. */
export interface Place {
  readonly desk: JiraServiceDesk;
  readonly requestType: string;
  readonly form: readonly JiraFormField[];
}

/** Ids of what the desk's file names, as this Jira has them. */
export interface Site {
  readonly me: JiraPerson;
  readonly desks: readonly JiraServiceDesk[];
  readonly fields: ReadonlyMap<keyof DeskFields, JiraField>;
  /** By the word in the desk's file; why not, where there is none. */
  readonly places: ReadonlyMap<string, Place | string>;
}

/** All queues that the desk's file names, each once. */
const queueWords = ({ queues }: Pick<DeskSettings, "queues">): readonly string[] => [
  ...new Set([
    queues.default,
    ...Object.values(queues.byProduct),
    ...Object.values(queues.bySeverity),
  ]),
];

export async function loadSite(api: JiraApi, settings: DeskSettings): Promise<DeskOutcome<Site>> {
  return thenDone(api.me(), (me) =>
    thenDone(api.serviceDesks(), (desks) =>
      thenDone(api.fields(), async (all) => {
        const places = new Map<string, Place | string>();
        for (const word of queueWords(settings)) {
          const place = await placeOf(api, settings, desks, word);
          if (place.kind !== "done") return place;
          places.set(word, place.value);
        }
        return done({ me, desks, fields: fieldsOf(settings, all), places });
      }),
    ),
  );
}

async function placeOf(
  api: JiraApi,
  { options }: DeskSettings,
  desks: readonly JiraServiceDesk[],
  word: string,
): Promise<DeskOutcome<Place | string>> {
  const desk = desks.find(({ id, projectKey }) => projectKey === word || id === word);
  if (desk === undefined) return done(`there is no service project ${JSON.stringify(word)}`);
  const types = await api.requestTypes(desk.id);
  if (types.kind !== "done") return types;
  const wanted = options.requestType ?? "";
  const type = types.value.find(({ id, name }) => name === wanted || id === wanted);
  if (type === undefined) {
    return done(`${word} has no request type ${JSON.stringify(wanted)}`);
  }
  return thenDone(api.formFields(desk.id, type.id), (form) =>
    done({ desk, requestType: type.id, form }),
  );
}

function fieldsOf(
  { fields }: DeskSettings,
  all: readonly JiraField[],
): ReadonlyMap<keyof DeskFields, JiraField> {
  const found = new Map<keyof DeskFields, JiraField>();
  for (const [key, word] of Object.entries(fields) as [keyof DeskFields, string][]) {
    const field = all.find(
      ({ id, name }) => id === word || id === `customfield_${word}` || name === word,
    );
    if (field !== undefined) found.set(key, field);
  }
  return found;
}

/** The reference's field, without which nothing could be found again. */
export function referenceField(site: Site, settings: DeskSettings): DeskOutcome<JiraField> {
  const field = site.fields.get("reference");
  const name = JSON.stringify(settings.fields.reference ?? "");
  return field === undefined
    ? refused("invalid", `${settings.name}: there is no field ${name} for the reference`)
    : done(field);
}

/** Word of the desk's file for a project; another project by its key. */
export function queueWord(
  site: Site,
  project: { readonly id: string; readonly key: string },
): string {
  for (const [word, place] of site.places) {
    if (typeof place !== "string" && place.desk.projectId === project.id) return word;
  }
  return project.key;
}
