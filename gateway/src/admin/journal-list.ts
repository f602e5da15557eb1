import { join } from "node:path";
import { decodeBody } from "@voorzorg/firmware-contracts";
import type { JournalRecord, MessageRecord } from "#domain/record.ts";
import type { Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { SqliteJournalReader } from "../adapters/journal-sqlite/sqlite-journal-reader.ts";
import type { AdminContext } from "./context.ts";

const PAGE = 2_000;

const line = (offset: number, record: JournalRecord): string =>
  JSON.stringify({
    offset,
    kind: record.kind,
    appendedAt: record.appendedAt,
    ...about(record),
  });

function about(record: JournalRecord): object {
  switch (record.kind) {
    case "message":
      return aboutMessage(record);
    case "refusal":
      return { device: record.client, topic: record.topic, code: record.code };
    case "connection":
      return { device: record.device, state: record.state };
    case "registry":
      return { device: record.device.id, product: record.device.product, change: record.change };
    case "ruleset":
      return { hash: record.hash };
    case "config":
      return { clock: record.clock, ...(record.service && { service: record.service.path }) };
    case "action":
      return { by: record.by, action: record.action.name };
    case "command_outcome":
      return { device: record.device, commandId: record.commandId, outcome: record.outcome };
    case "service":
      return { event: record.event, reason: record.reason };
    case "tick":
      return {};
  }
}

function aboutMessage(record: MessageRecord): object {
  const { product, device, payload } = record;
  const body = decodeBody(payload);
  const fields =
    body.ok && typeof body.value === "object" && body.value !== null
      ? (body.value as { boot?: unknown; seq?: unknown })
      : {};
  const { boot, seq } = fields;
  return { product, device, class: record.class, boot, seq, bytes: payload.length };
}

/** Every record after the offset, one JSON object per line. */
export async function journalListCommand(
  options: { readonly dataDir: string; readonly after: Offset },
  context: Pick<AdminContext, "out">,
): Promise<number> {
  const { dataDir, after } = options;
  using reader = new SqliteJournalReader(join(dataDir, "journal"));
  for (let from = after + 1; ; ) {
    const page = reader.readSync(from, PAGE);
    const last = page.at(-1);
    if (last === undefined) return 0;
    await context.out(
      page.map(({ offset, bytes }) => line(offset, decodeRecord(bytes))).join("\n"),
    );
    from = last.offset + 1;
  }
}
