import type { FileHandle } from "node:fs/promises";
import { open, readFile } from "node:fs/promises";
import { DataError } from "./errors.ts";

/** One PUBACK: the broker promised that this message is durable. */
export interface AckEntry {
  readonly device: string;
  readonly boot: number;
  /** Null for `status`, which has no place in the sequence. */
  readonly seq: number | null;
  readonly class: string;
  /** Device time, ms since 1970 UTC; null without a clock. */
  readonly ts: number | null;
  readonly sentAtWallMs: number;
  readonly ackedAtWallMs: number;
}

/** Where PUBACKs are written down. */
export interface AckSink {
  append(entry: AckEntry): void;
  /** Resolves when everything appended so far is on the disk. */
  flushed(): Promise<void>;
}

/** For runs that ask nobody for proof. */
export const noAckLog: AckSink = { append() {}, flushed: async () => {} };

/**
 * Appends PUBACKs to a file, NDJSON, synced in batches. The judge of lost messages reads this file
 * and never the gateway's own counters, so a line is on the disk before anything relies on it.
 */
export class AckLog implements AckSink, AsyncDisposable {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #count = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** PUBACKs logged in this run. */
  get count(): number {
    return this.#count;
  }

  append(entry: AckEntry): void {
    this.#count += 1;
    this.#pending.push(JSON.stringify(entry));
    this.#writing ??= this.#drain();
  }

  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.flushed();
    } finally {
      await this.#file.close();
    }
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const lines = this.#pending;
        this.#pending = [];
        await this.#file.appendFile(`${lines.join("\n")}\n`);
        await this.#file.datasync();
      }
    } catch (error) {
      this.#failure = new DataError("the log of PUBACKs cannot be written", {
        cause: error,
      });
    } finally {
      this.#writing = undefined;
    }
  }
}

/** Opens for appending: the log of several runs, or of a run that was killed, is one log. */
export async function openAckLog(path: string): Promise<AckLog> {
  return new AckLog(await open(path, "a"));
}

/** Reads a log; a last line torn by a kill counts for nothing, since nobody could rely on it. */
export async function readAckLog(path: string): Promise<readonly AckEntry[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  lines.pop();
  return lines.map((line) => JSON.parse(line) as AckEntry);
}
