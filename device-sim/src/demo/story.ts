import { SimError } from "../errors.ts";
import type { GatewayHttp } from "../gateway-http.ts";
import type { CasePage, TimelineLine } from "../gateway-views.ts";
import { sleepMs, wallNowMs } from "../wall-clock.ts";

const LISTEN_AGAIN_MS = 100;

/** Kinds of timeline lines that carry the story; the others are in the console. */
const TOLD: Readonly<Record<string, string>> = {
  opened: "CASE",
  reopened: "AGAIN",
  step_started: "ACTS",
  proved: "PROVED",
  not_proved: "NO CURE",
  escalated: "PERSON",
  resolved: "SOLVED",
};

/** A line of the story: when in simulated time, what, who, and why in the gateway's own words. */
export function tellLine(page: CasePage, line: TimelineLine): string | undefined {
  const word = TOLD[line.kind];
  if (word === undefined) return undefined;
  const at = new Date(line.at).toISOString().slice(5, 16).replace("T", " ");
  const what = line.kind === "opened" ? `${page.title} (${page.kind}). ` : "";
  const text = `${what}${line.reason}`.replaceAll(/\s+/g, " ");
  const short = text.length > 150 ? `${text.slice(0, 147)}...` : text;
  return `${at}  ${word.padEnd(8)}${page.device.padEnd(9)} ${short}`;
}

/** Listens to the gateway's changes and tells what happens to cases, each line once. */
export class Story {
  readonly #gateway: GatewayHttp;
  readonly #out: (line: string) => void;
  readonly #told = new Map<string, number>();
  /** Wall time at which a case was first heard of. */
  readonly #heardAtMs = new Map<string, number>();
  readonly #queued = new Set<string>();
  #telling: Promise<void> = Promise.resolve();

  constructor(gateway: GatewayHttp, out: (line: string) => void) {
    this.#gateway = gateway;
    this.#out = out;
  }

  get heardAtMs(): ReadonlyMap<string, number> {
    return this.#heardAtMs;
  }

  /**
   * Listens until `signal` aborts. A broken stream is opened again: what was missed is told at the
   * end, and a gateway that is gone for good fails whoever asks it next.
   */
  async listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#hear(signal);
      } catch (error) {
        if (!(error instanceof SimError)) throw error;
      }
      if (!signal.aborted) await sleepMs(LISTEN_AGAIN_MS);
    }
  }

  async #hear(signal: AbortSignal): Promise<void> {
    for await (const { kind, id } of this.#gateway.changes(signal)) {
      if (kind !== "case") continue;
      if (!this.#heardAtMs.has(id)) this.#heardAtMs.set(id, wallNowMs());
      if (this.#queued.has(id)) continue;
      this.#queued.add(id);
      this.#telling = this.#telling.then(async () => {
        this.#queued.delete(id);
        await this.#tell(id);
      });
      // Awaited at the end; until then a failure must not end the process.
      this.#telling.catch(() => undefined);
    }
  }

  /** Tells what is still untold and returns every case. */
  async finish(): Promise<readonly CasePage[]> {
    await this.#telling;
    const pages: CasePage[] = [];
    for (const { id } of (await this.#gateway.cases()).toReversed())
      pages.push(await this.#tell(id));
    return pages;
  }

  async #tell(id: string): Promise<CasePage> {
    const page = await this.#gateway.casePage(id);
    for (const line of page.timeline.slice(this.#told.get(id) ?? 0)) {
      const text = tellLine(page, line);
      if (text !== undefined) this.#out(text);
    }
    this.#told.set(id, page.timeline.length);
    return page;
  }
}
