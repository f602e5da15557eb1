import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskFields, DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import { done, refused, thenDone } from "../desk-http/outcome.ts";
import type { RtApi, RtQueue } from "./rt-api.ts";

export type FieldKey = keyof DeskFields;

/** What the desk's file names, as RT has it. */
export interface Site {
  /** Name of the gateway's own user. */
  readonly me: string;
  /** By the word in the desk's file; a queue that is not there or not to be seen is left out. */
  readonly queues: ReadonlyMap<string, RtQueue>;
  /** Ids of the fields that at least one queue has. */
  readonly fields: ReadonlyMap<FieldKey, string>;
}

/** All queues that the desk's file names, each once. */
export const queueWords = ({ queues }: Pick<DeskSettings, "queues">): readonly string[] => [
  ...new Set([
    queues.default,
    ...Object.values(queues.byProduct),
    ...Object.values(queues.bySeverity),
  ]),
];

export async function loadSite(
  api: RtApi,
  settings: DeskSettings,
  secrets: Pick<DeskSecrets, "token">,
): Promise<DeskOutcome<Site>> {
  return thenDone(whoAmI(api, settings, secrets), async (me) => {
    const queues = new Map<string, RtQueue>();
    for (const word of queueWords(settings)) {
      const queue = await api.queue(word);
      if (queue.kind === "done") queues.set(word, queue.value);
      else if (queue.kind !== "refused") return queue;
    }
    return done({ me, queues, fields: fieldIds(settings, [...queues.values()]) });
  });
}

/** RT's tokens hold the number of their user. */
async function whoAmI(
  api: RtApi,
  { name, user }: DeskSettings,
  { token }: Pick<DeskSecrets, "token">,
): Promise<DeskOutcome<string>> {
  const word = /^\d+-(\d+)-/.exec(token)?.[1] ?? user;
  if (word === "") {
    return refused(
      "denied",
      `${name}: the token does not look like one of RT (1-<user>-…); write the name of its user as user in the desk's file`,
    );
  }
  const answer = await api.userName(word);
  // A refusal here is not about the ticket that was asked for.
  return answer.kind === "refused"
    ? refused(
        "denied",
        `RT does not let the gateway's user in, or is not at this URL: ${answer.reason}`,
      )
    : answer;
}

function fieldIds(
  { fields }: Pick<DeskSettings, "fields">,
  queues: readonly RtQueue[],
): ReadonlyMap<FieldKey, string> {
  const ids = new Map<FieldKey, string>();
  for (const [key, word] of Object.entries(fields) as [FieldKey, string][]) {
    const found = queues
      .flatMap((queue) => queue.TicketCustomFields)
      .find((field) => field.name === word || field.id === word);
    if (found !== undefined) ids.set(key, found.id);
  }
  return ids;
}

/** Word of the desk's file for a queue; another queue by the name that RT gives it. */
export function queueWord(
  site: Site,
  queue: { readonly id: string; readonly Name?: string | undefined },
): string {
  for (const [word, known] of site.queues) if (known.id === queue.id) return word;
  return queue.Name ?? `queue ${queue.id}`;
}
