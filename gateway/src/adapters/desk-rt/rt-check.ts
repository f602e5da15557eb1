import { VERDICTS } from "#domain/record.ts";
import type { DeskCheck, DeskOutcome, TicketStatus } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { done, thenDone } from "../desk-http/outcome.ts";
import type { RtQueue, RtRow } from "./rt-api.ts";
import { quoted } from "./rt-api.ts";
import { checkFields } from "./rt-check-fields.ts";
import type { CheckLine } from "./rt-check-lines.ts";
import { doubtful, fine, missing } from "./rt-check-lines.ts";
import { queueWords } from "./rt-site.ts";
import { wordsOf } from "./rt-ticket.ts";
import type { Rt } from "./rt-write.ts";

/** Reads only, but for one write of a value that is there already, which changes nothing. */
export async function checkRt(rt: Rt): Promise<DeskOutcome<DeskCheck>> {
  return thenDone(rt.api.version(), async (version) => {
    const lines: CheckLine[] = [fine(`user ${rt.site.me}`)];
    for (const word of queueWords(rt.settings)) {
      const checked = await checkQueue(rt, word);
      if (checked.kind !== "done") return checked;
      lines.push(...checked.value);
    }
    const fields = await checkFields(rt);
    if (fields.kind !== "done") return fields;
    lines.push(...fields.value, ...checkVerdicts(rt.settings));
    const ok = lines.every(({ state }) => state !== "missing");
    return done({ ok, desk: `Request Tracker ${version}`, lines });
  });
}

async function checkQueue(rt: Rt, word: string): Promise<DeskOutcome<readonly CheckLine[]>> {
  const { api, settings, site } = rt;
  const what = `queue ${JSON.stringify(word)}`;
  const queue = site.queues.get(word);
  if (queue === undefined) {
    const next = `create it, or grant ${site.me} SeeQueue and ShowTicket in it`;
    return done([missing(what, next)]);
  }
  // Where a ticket may go RT works out slowly: some of them are enough.
  const rows = await api.tickets({
    query: `Queue = ${queue.id}`,
    fields: "Status,_hyperlinks",
    newestFirst: true,
    rows: 10,
  });
  if (rows.kind !== "done") return rows;
  const write = await checkWrite(rt, { queue, what, rows: rows.value });
  if (write.kind !== "done") return write;
  return done([
    fine(what),
    queue._hyperlinks.some(({ ref }) => ref === "create")
      ? fine(`creating tickets in ${what}`)
      : missing(`creating tickets in ${what}`, `grant ${site.me} CreateTicket in the queue`),
    ...checkQueueFields(rt, queue, what),
    ...write.value,
    ...checkStatuses(settings, { queue, what, rows: rows.value }),
  ]);
}

function checkQueueFields(
  { settings, site }: Rt,
  queue: RtQueue,
  what: string,
): readonly CheckLine[] {
  return Object.values(settings.fields).map((word) => {
    const seen = queue.TicketCustomFields.some(({ id, name }) => name === word || id === word);
    const line = `field ${JSON.stringify(word)} in ${what}`;
    if (seen) return fine(line);
    const next = `apply the custom field to the queue, and grant ${site.me} SeeCustomField, ModifyCustomField and SetInitialCustomField`;
    return missing(line, next);
  });
}

interface Sample {
  readonly queue: RtQueue;
  readonly what: string;
  /** Some of the newest tickets of the queue. */
  readonly rows: readonly RtRow[];
}

async function checkWrite(
  { api, site }: Rt,
  { queue, what, rows }: Sample,
): Promise<DeskOutcome<readonly CheckLine[]>> {
  const [newest] = rows;
  const line = `commenting and changing tickets in ${what}`;
  if (newest === undefined) {
    return done([doubtful(line, "no ticket to try it on yet; check again after the first one")]);
  }
  const grant = `grant ${site.me} CommentOnTicket, ModifyTicket and ModifyCustomField in the queue`;
  const refs = newest._hyperlinks.map(({ ref }) => ref);
  if (!refs.includes("comment") || !refs.includes("lifecycle")) return done([missing(line, grant)]);
  const field = site.fields.get("revision") ?? site.fields.get("reference");
  const own = await api.tickets({
    query: `Queue = ${queue.id} AND Creator = ${quoted(site.me)} AND 'CF.{${field ?? ""}}' IS NOT NULL`,
    fields: "CustomFields",
    newestFirst: true,
    rows: 1,
  });
  if (own.kind !== "done") return own;
  const [ours] = own.value;
  if (ours === undefined || field === undefined || valueIn(ours, field) === "") {
    const next = "no ticket of ours to try fields on yet; check again after the first one";
    return done([doubtful(line, next)]);
  }
  // The value that it has already: RT looks at the right, and then has nothing to do.
  const said = await api.change(ours.id, { CustomFields: { [field]: valueIn(ours, field) } });
  if (said.kind !== "done") return said.kind === "refused" ? done([missing(line, grant)]) : said;
  return done([
    said.value.length === 0
      ? fine(line)
      : missing(line, `${grant}; RT says: ${said.value.join("; ")}`),
  ]);
}

const valueIn = ({ CustomFields = [] }: RtRow, field: string): string =>
  CustomFields.find(({ id }) => id === field)?.values[0] ?? "";

const WRITTEN: readonly TicketStatus[] = ["open", "resolved", "rejected"];

/** RT does not list a lifecycle's statuses; its tickets show where they may go. */
function checkStatuses(
  settings: DeskSettings,
  { queue, what, rows }: Sample,
): readonly CheckLine[] {
  const seen = new Set(
    rows.flatMap(({ Status = "", _hyperlinks }) => [
      Status,
      ..._hyperlinks.map(({ to }) => to ?? ""),
    ]),
  );
  const lifecycle = queue.Lifecycle ?? "default";
  return WRITTEN.map((status) => {
    const word = wordsOf(settings)[status][0] ?? "";
    const line = `status ${JSON.stringify(word)} in ${what}`;
    if (word === "") return missing(line, `write under statuses.${status} which one is meant`);
    if (seen.has(word) || (lifecycle === "default" && DEFAULT_LIFECYCLE.has(word)))
      return fine(line);
    const next = `no ticket shows this status; see that the lifecycle ${JSON.stringify(lifecycle)} has it, else write another one under statuses.${status}`;
    return doubtful(line, next);
  });
}

const DEFAULT_LIFECYCLE: ReadonlySet<string> = new Set([
  "new",
  "open",
  "stalled",
  "resolved",
  "rejected",
]);

function checkVerdicts({ fields, verdicts }: DeskSettings): readonly CheckLine[] {
  if (fields.verdict === undefined) return [];
  const silent = VERDICTS.filter((verdict) => verdicts[verdict] === undefined);
  if (silent.length === 0) return [];
  const next = `write under verdicts how agents say ${silent.join(", ")}`;
  return [doubtful("verdicts", next)];
}
