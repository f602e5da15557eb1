import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { decodeBody } from "@voorzorg/firmware-contracts";
import type { JournalRecord, MessageRecord } from "#domain/record.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { SqliteJournalReader } from "./adapters/journal-sqlite/sqlite-journal-reader.ts";

const USAGE = `Usage: npm run admin -- COMMAND

  journal list --data DIR [--after OFFSET]   every record of the journal, one JSON object per line:
                                             {"offset","kind","appendedAt","product","device","class","boot","seq","bytes"}
                                             Works beside a running gateway; it only reads.
`;

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
      return { clock: record.clock };
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

async function listJournal(dataDir: string, after: number): Promise<void> {
  using reader = new SqliteJournalReader(join(dataDir, "journal"));
  for (let from = after + 1; ; ) {
    const page = reader.readSync(from, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    const text = page.map(({ offset, bytes }) => `${line(offset, decodeRecord(bytes))}\n`).join("");
    if (!process.stdout.write(text)) {
      await new Promise((resume) => process.stdout.once("drain", resume));
    }
    from = last.offset + 1;
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    after: { type: "string", default: "0" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  process.stdout.write(USAGE);
} else if (positionals.join(" ") === "journal list") {
  const data = resolve(process.env.INIT_CWD ?? ".", values.data ?? "data");
  if (!existsSync(join(data, "journal")))
    fail(`--data: ${data} holds no journal; name the gateway's data folder.`);
  const after = Number(values.after);
  if (!Number.isSafeInteger(after) || after < 0)
    fail(`--after: ${values.after} is no offset; write 0 or more.`);
  await listJournal(data, after);
} else {
  fail(`Unknown command ${JSON.stringify(positionals.join(" "))}.`);
}
