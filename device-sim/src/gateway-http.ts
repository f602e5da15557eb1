import { GatewayError, messageOf } from "./errors.ts";
import type {
  AlertItem,
  CaseItem,
  CasePage,
  DevicePage,
  DeviceRegistration,
  FixItem,
  GatewayChange,
  GatewayHealth,
  ProblemItem,
  ProblemPage,
} from "./gateway-views.ts";
import { monotonicMs, sleepMs } from "./wall-clock.ts";

/** What a lockstep run needs from the gateway. */
export interface GatewayProbe {
  health(): Promise<GatewayHealth>;
  register(device: DeviceRegistration): Promise<string | undefined>;
}

/** Times come as ISO 8601 or as ms since 1970. */
export const instantMs = (value: string | number): number =>
  typeof value === "number" ? value : Date.parse(value);

/** The gateway's HTTP API as the simulator uses it. */
export class GatewayHttp implements GatewayProbe {
  readonly #baseUrl: string;
  readonly #token: string | undefined;

  constructor(baseUrl: string, token: string | undefined) {
    this.#baseUrl = baseUrl.replace(/\/$/, "");
    this.#token = token;
  }

  health(): Promise<GatewayHealth> {
    return this.#json<GatewayHealth>("/api/health");
  }

  /** Registers a device and returns its secret, if the gateway made one. */
  async register(device: DeviceRegistration): Promise<string | undefined> {
    const { id, product, attrs, cohort, owner, activatedAtMs } = device;
    const activatedAt = new Date(activatedAtMs).toISOString();
    const body = { id, product, attrs, cohort, owner, activatedAt };
    const answer = await this.#json<{ readonly secret?: string }>("/api/devices", body);
    return answer.secret;
  }

  /** All cases, page by page. */
  async cases(): Promise<readonly CaseItem[]> {
    return this.#list<CaseItem>("/api/cases?limit=200");
  }

  /** Those of one device, with their steps and without their timelines. */
  async casesOf(device: string): Promise<readonly Omit<CasePage, "timeline">[]> {
    return this.#list(`/api/cases?limit=200&device=${encodeURIComponent(device)}`);
  }

  /** What stands at the moment, pending alerts among it. */
  async alerts(): Promise<readonly AlertItem[]> {
    return this.#list<AlertItem>("/api/alerts?limit=200");
  }

  casePage(id: string): Promise<CasePage> {
    return this.#json<CasePage>(`/api/cases/${encodeURIComponent(id)}`);
  }

  /** Without their timelines. */
  problems(): Promise<readonly ProblemItem[]> {
    return this.#list<ProblemItem>("/api/problems?limit=200");
  }

  problemPage(id: string): Promise<ProblemPage> {
    return this.#json<ProblemPage>(`/api/problems/${encodeURIComponent(id)}`);
  }

  fixes(): Promise<readonly FixItem[]> {
    return this.#list<FixItem>("/api/fixes");
  }

  /** What the service was worth for the cases of one rule. */
  async value(product: string, rule: string): Promise<Readonly<Record<string, unknown>>> {
    const search = new URLSearchParams({ product, rule, by: "rule" });
    const answer = await this.#json<{ readonly total: Readonly<Record<string, unknown>> }>(
      `/api/value?${search}`,
    );
    return answer.total;
  }

  device(id: string): Promise<DevicePage> {
    return this.#json<DevicePage>(`/api/devices/${encodeURIComponent(id)}`);
  }

  /** The same gateway for a person of this name, who gets a token of their own. */
  async signIn(name: string, role: "agent" | "engineer"): Promise<GatewayHttp> {
    const answer = await this.#json<{ readonly token: string }>("/api/tokens", { name, role });
    return new GatewayHttp(this.#baseUrl, answer.token);
  }

  /** Undefined when it was done, else why it was refused. */
  async ask(method: "POST" | "PUT", path: string, body: unknown): Promise<string | undefined> {
    const response = await this.#send(path, bodyOf(method, body));
    if (response.ok) {
      await response.arrayBuffer();
      return undefined;
    }
    const text = (await response.text()).slice(0, 600);
    if (response.status >= 500) throw this.#refusal(path, response.status, text);
    return `${response.status} ${text}`;
  }

  async quarantined(): Promise<number> {
    return (await this.#list<unknown>("/api/quarantine?limit=200")).length;
  }

  async rules(): Promise<readonly { readonly id: string; readonly product: string }[]> {
    return this.#list("/api/rules");
  }

  /** Changes as they happen, until `signal` aborts or the gateway goes away. */
  async *changes(signal: AbortSignal): AsyncGenerator<GatewayChange> {
    const response = await this.#fetch("/api/events", { signal });
    if (response.body === null) return;
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of response.body) {
        text += decoder.decode(chunk as Uint8Array, { stream: true }).replaceAll("\r\n", "\n");
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const change = parseServerSentEvent(text.slice(0, end));
          text = text.slice(end + 2);
          if (change !== undefined) yield change;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      throw new GatewayError(`the gateway's event stream broke: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined;
    do {
      const joint = path.includes("?") ? "&" : "?";
      const page = cursor ? `${path}${joint}cursor=${encodeURIComponent(cursor)}` : path;
      const answer = await this.#json<
        { readonly items: readonly T[]; readonly nextCursor?: string | null } | readonly T[]
      >(page);
      if (isList(answer)) return answer;
      items.push(...answer.items);
      cursor = answer.nextCursor;
    } while (cursor);
    return items;
  }

  async #json<T>(path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? {} : bodyOf("POST", body);
    const response = await this.#fetch(path, init);
    return (await response.json()) as T;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#send(path, init);
    if (response.ok) return response;
    throw this.#refusal(path, response.status, (await response.text()).slice(0, 300));
  }

  #refusal(path: string, status: number, text: string): GatewayError {
    return new GatewayError(`the gateway answered ${status} to ${this.#baseUrl}${path}: ${text}`);
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const url = `${this.#baseUrl}${path}`;
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    try {
      return await fetch(url, { ...init, headers });
    } catch (error) {
      const why = messageOf(error instanceof Error ? (error.cause ?? error) : error);
      throw new GatewayError(
        `the gateway did not answer at ${url}: ${why}; start it first (npm start), or name the right address`,
        {
          cause: error,
        },
      );
    }
  }
}

const bodyOf = (method: "POST" | "PUT", body: unknown) => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

const isList = <T>(answer: unknown): answer is readonly T[] => Array.isArray(answer);

function parseServerSentEvent(block: string): GatewayChange | undefined {
  const lines = block.split("\n");
  const name = lines
    .find((line) => line.startsWith("event:"))
    ?.slice(6)
    .trim();
  if (name !== "change") return undefined;
  const data = lines
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  return JSON.parse(data) as GatewayChange;
}

/**
 * Resolves when the gateway has decided and delivered everything it was sent.
 *
 * @throws SimError after `limitMs`, with what is still owed.
 */
export async function untilQuiet(probe: GatewayProbe, limitMs = 30_000): Promise<GatewayHealth> {
  const endMs = monotonicMs() + limitMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 1.5, 25)) {
    const health = await probe.health();
    const { journal, outboxDue } = health;
    if (journal.decided >= journal.newest && outboxDue === 0) return health;
    if (monotonicMs() > endMs) {
      const owed = `${journal.newest - journal.decided} records undecided, ${outboxDue} effects owed`;
      throw new GatewayError(`the gateway is not done after ${limitMs} ms: ${owed}`);
    }
    await sleepMs(pauseMs);
  }
}
