import { join } from "node:path";
import type { StorageClientOptions } from "../../../src/adapters/storage-worker/client.ts";
import { StorageClient } from "../../../src/adapters/storage-worker/client.ts";

export const at = Date.UTC(2026, 10, 24, 12);
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const start = (
  directory: string,
  over: Partial<StorageClientOptions> = {},
): Promise<StorageClient> =>
  StorageClient.start({
    journalFolder: join(directory, "journal"),
    seriesFolder: join(directory, "series"),
    now: () => at,
    ...over,
  });
