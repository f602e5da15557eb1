import { join } from "node:path";
import type { JournalClientOptions } from "../../../src/adapters/journal-worker/client.ts";
import { JournalClient } from "../../../src/adapters/journal-worker/client.ts";

export const at = Date.UTC(2026, 10, 24, 12);
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const start = (
  directory: string,
  over: Partial<JournalClientOptions> = {},
): Promise<JournalClient> =>
  JournalClient.start({ journalFolder: join(directory, "journal"), now: () => at, ...over });
