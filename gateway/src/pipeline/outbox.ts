import { encodeCommand, encodeDesired } from "@voorzorg/firmware-contracts";
import type { OutboxEntry } from "#domain/effects.ts";
import type { CommandOutcomeRecord } from "#domain/record.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceLink } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { WebhookSender } from "#ports/webhook-sender.ts";

type CommandEntry = Extract<OutboxEntry, { kind: "command" }>;
type SettingsEntry = Extract<OutboxEntry, { kind: "settings" }>;
type DeviceEntry = CommandEntry | SettingsEntry;
type WebhookEntry = Extract<OutboxEntry, { kind: "webhook" }>;

export interface OutboxDeps {
  readonly link: Pick<DeviceLink, "isReady" | "send">;
  /** undefined = no webhook is configured. */
  readonly webhook: WebhookSender | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Resolves when the outcome is in the journal: only then is the entry done. */
  readonly record: (outcome: Omit<CommandOutcomeRecord, "appendedAt">) => Promise<void>;
  readonly mark: (id: string, mark: OutboxMark) => void;
  readonly serviceTime: () => EpochMs;
}

/** Least time between two tries of one webhook when the sender names none. */
const RETRY_STEP_MS: DurationMs = SECOND_MS;
/** A device that is connected but does not acknowledge is tried again after this. */
const LANE_PAUSE_MS: DurationMs = 5 * SECOND_MS;

/**
 * Sends what is owed: commands when their device is online and listening, one at a time per device
 * and in order; webhooks one at a time per case. At-least-once attempts; the deterministic ids make
 * the outcome exactly once. Nothing here decides: what was delivered goes back into the journal.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #commands = new Map<string, DeviceEntry[]>();
  readonly #webhooks = new Map<string, { entry: WebhookEntry; attempts: number }[]>();
  readonly #sending = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Takes entries in the order in which they became owed. Known ids are ignored. */
  add(items: readonly OutboxItem[]): void {
    for (const { entry, attempts } of items) {
      if (entry.kind !== "webhook") {
        if (entry.kind === "settings") this.#supersede(entry);
        this.#lane(this.#commands, entry.device, entry.id, entry);
        this.#wakeDevice(entry.device);
      } else {
        this.#lane(this.#webhooks, entry.caseId, entry.id, { entry, attempts });
        this.#wakeCase(entry.caseId);
      }
    }
  }

  cancel(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    for (const [device, lane] of this.#commands) {
      const rest = lane.filter((e) => !gone.has(e.id));
      if (rest.length === 0) this.#commands.delete(device);
      else if (rest.length < lane.length) this.#commands.set(device, rest);
    }
  }

  /** The device is online and listens: what waits for it goes out. */
  ready(device: string): void {
    this.#wakeDevice(device);
  }

  /** Entries that could be sent now. */
  dueNow(): number {
    let due = 0;
    for (const [device, lane] of this.#commands) {
      if (this.#deps.link.isReady(device)) due += lane.length;
    }
    for (const lane of this.#webhooks.values()) due += lane.filter((w) => w.attempts === 0).length;
    return due;
  }

  /** When the oldest entry that could be delivered became owed (service clock); null = there is none. */
  oldestAt(): EpochMs | null {
    const heads = [...this.#webhooks.values()].flatMap(([head]) => head?.entry ?? []);
    const { link } = this.#deps;
    const ready = [...this.#commands].flatMap(([device, [head]]) =>
      head !== undefined && link.isReady(device) ? head : [],
    );
    const times = [...heads, ...ready].map((entry) => entry.createdAt);
    return times.reduce<EpochMs | null>((a, b) => (a === null ? b : Math.min(a, b)), null);
  }

  stop(): void {
    this.#stopped.abort(new Error("the outbox stops"));
  }

  /** Only the newest wanted settings are worth sending. */
  #supersede({ device, version }: SettingsEntry): void {
    const { mark, clock } = this.#deps;
    const lane = this.#commands.get(device) ?? [];
    const older = lane.filter((e, i) => i > 0 && e.kind === "settings" && e.version < version);
    for (const { id } of older) {
      mark(id, { state: "done", at: clock.now(), attempts: 0, error: "superseded", nextAt: 0 });
    }
    if (older.length > 0)
      this.#commands.set(
        device,
        lane.filter((e) => !older.includes(e)),
      );
  }

  #lane<T>(lanes: Map<string, T[]>, key: string, id: string, item: T): void {
    const lane = lanes.get(key) ?? [];
    const idOf = (one: unknown): string =>
      (one as { id?: string }).id ?? (one as { entry: { id: string } }).entry.id;
    if (lane.some((one) => idOf(one) === id)) return;
    lane.push(item);
    lanes.set(key, lane);
  }

  #wakeDevice(device: string): void {
    const key = `device/${device}`;
    if (this.#sending.has(key) || !this.#deps.link.isReady(device)) return;
    if ((this.#commands.get(device)?.length ?? 0) === 0) return;
    this.#run(
      key,
      () => this.#drainDevice(device),
      () => this.#wakeDevice(device),
    );
  }

  #wakeCase(caseId: string): void {
    const key = `case/${caseId}`;
    if (this.#sending.has(key) || (this.#webhooks.get(caseId)?.length ?? 0) === 0) return;
    this.#run(
      key,
      () => this.#drainCase(caseId),
      () => this.#wakeCase(caseId),
    );
  }

  /** One worker per lane; after a failure the lane rests and is woken again. */
  #run(key: string, work: () => Promise<void>, wake: () => void): void {
    this.#sending.add(key);
    const { clock, log } = this.#deps;
    const { signal } = this.#stopped;
    work()
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ lane: key, reason: String(error) }, "an outbox lane rests");
        return clock.sleep(LANE_PAUSE_MS, signal);
      })
      .then(
        () => {
          this.#sending.delete(key);
          // What was added while the worker was leaving found the lane taken.
          if (!signal.aborted) wake();
        },
        () => this.#sending.delete(key),
      );
  }

  async #drainDevice(device: string): Promise<void> {
    const { link } = this.#deps;
    for (;;) {
      const entry = this.#commands.get(device)?.[0];
      if (entry === undefined || this.#stopped.signal.aborted || !link.isReady(device)) return;
      if (entry.kind === "command") await this.#sendCommand(entry);
      else await this.#sendSettings(entry);
      const rest = (this.#commands.get(device) ?? []).filter((e) => e.id !== entry.id);
      if (rest.length === 0) this.#commands.delete(device);
      else this.#commands.set(device, rest);
    }
  }

  async #sendCommand(entry: CommandEntry): Promise<void> {
    const { link, record, mark, clock, serviceTime } = this.#deps;
    const left = entry.expiresAt - serviceTime();
    // Expired: the deciding side has its own timer for that and takes the entry back.
    if (left <= 0) {
      mark(entry.id, {
        state: "failed",
        at: clock.now(),
        attempts: 0,
        error: "expired",
        nextAt: 0,
      });
      return;
    }
    const payload = encodeCommand({
      id: entry.id,
      name: entry.command,
      args: entry.args,
      iat: entry.createdAt,
      exp: entry.expiresAt,
      ttl: Math.ceil(left / SECOND_MS),
      ctr: entry.counter,
    });
    await link.send(entry.device, entry.product, "cmd", payload);
    await record({
      kind: "command_outcome",
      commandId: entry.id,
      device: entry.device,
      outcome: "delivered",
      detail: "",
    });
    mark(entry.id, { state: "done", at: clock.now(), attempts: 1, error: "", nextAt: 0 });
  }

  async #sendSettings({ id, device, product, version, settings }: SettingsEntry): Promise<void> {
    const { link, mark, clock } = this.#deps;
    await link.send(device, product, "des", encodeDesired({ version, settings }));
    mark(id, { state: "done", at: clock.now(), attempts: 1, error: "", nextAt: 0 });
  }

  async #drainCase(caseId: string): Promise<void> {
    for (;;) {
      const head = this.#webhooks.get(caseId)?.[0];
      if (head === undefined) {
        this.#webhooks.delete(caseId);
        return;
      }
      const wait = await this.#sendWebhook(head);
      if (wait === 0) this.#webhooks.get(caseId)?.shift();
      else await this.#deps.clock.sleep(wait, this.#stopped.signal);
    }
  }

  /** 0 = settled for good; else how long to wait before the next try. */
  async #sendWebhook(head: { entry: WebhookEntry; attempts: number }): Promise<DurationMs> {
    const { webhook, mark, clock, metrics, log } = this.#deps;
    const { entry } = head;
    head.attempts += 1;
    const { attempts } = head;
    if (webhook === undefined) {
      const error = "no webhook is configured";
      mark(entry.id, { state: "done", at: clock.now(), attempts, error, nextAt: 0 });
      return 0;
    }
    const sent = await webhook.send(entry.id, entry.body);
    metrics.count("webhooks_total", { outcome: sent.outcome });
    if (sent.outcome !== "later") {
      const state = sent.outcome === "done" ? "done" : "failed";
      mark(entry.id, { state, at: clock.now(), attempts, error: sent.detail, nextAt: 0 });
      if (state === "failed") {
        log.error({ caseId: entry.caseId, reason: sent.detail }, "a webhook was refused for good");
      }
      return 0;
    }
    const wait = Math.max(RETRY_STEP_MS, sent.retryAfterMs ?? webhook.retryDelayMs(attempts));
    const nextAt = clock.now() + wait;
    mark(entry.id, { state: "retry", at: clock.now(), attempts, error: sent.detail, nextAt });
    log.warn({ caseId: entry.caseId, attempts, reason: sent.detail }, "a webhook is tried again");
    return wait;
  }
}
