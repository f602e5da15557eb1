import { encodeCommand, encodeDesired } from "@voorzorg/firmware-contracts";
import type { OutboxEntry } from "#domain/effects.ts";
import type { CommandOutcomeRecord } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { Lanes } from "#pipeline/outbox/lanes.ts";
import type { OutboxMark } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceLink } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";

type CommandEntry = Extract<OutboxEntry, { kind: "command" }>;
type SettingsEntry = Extract<OutboxEntry, { kind: "settings" }>;
type DeviceEntry = CommandEntry | SettingsEntry;

export interface DeviceLanesDeps {
  readonly link: Pick<DeviceLink, "isReady" | "send">;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when the outcome is in the journal: only then is the entry done. */
  readonly record: (outcome: Omit<CommandOutcomeRecord, "appendedAt">) => Promise<void>;
  readonly mark: (id: string, mark: OutboxMark) => void;
  readonly serviceTime: () => EpochMs;
}

/** Commands and settings when their device is online and listening, one at a time per device, in order. */
export class DeviceLanes {
  readonly #deps: DeviceLanesDeps;
  readonly #stopped: AbortSignal;
  readonly #lanes: Lanes<DeviceEntry>;

  constructor(deps: DeviceLanesDeps, stopped: AbortSignal) {
    this.#deps = deps;
    this.#stopped = stopped;
    this.#lanes = new Lanes<DeviceEntry>({
      name: "device",
      idOf: ({ id }) => id,
      drain: (device) => this.#drain(device),
      isOpen: (device) => deps.link.isReady(device),
      clock: deps.clock,
      log: deps.log,
      stopped,
    });
  }

  add(entry: DeviceEntry): void {
    if (entry.kind === "settings") this.#supersede(entry);
    this.#lanes.add(entry.device, entry);
  }

  cancel(ids: readonly string[]): void {
    for (const id of ids) this.#lanes.remove(id);
  }

  /** The device is online and listens: what waits for it goes out. */
  ready(device: string): void {
    this.#lanes.wake(device);
  }

  /** Entries that could be sent now. */
  dueNow(): number {
    let due = 0;
    for (const [device, items] of this.#lanes.entries()) {
      if (this.#deps.link.isReady(device)) due += [...items].length;
    }
    return due;
  }

  /** When the oldest of each lane that could be delivered became owed. */
  *oldest(): Generator<EpochMs> {
    for (const [device] of this.#lanes.entries()) {
      const head = this.#lanes.head(device);
      if (head !== undefined && this.#deps.link.isReady(device)) yield head.createdAt;
    }
  }

  /** Only the newest wanted settings are worth sending; the first in the lane may be on its way. */
  #supersede({ device, version }: SettingsEntry): void {
    const { mark, clock } = this.#deps;
    const waiting = this.#lanes.items(device).slice(1);
    for (const one of waiting) {
      if (one.kind !== "settings" || one.version >= version) continue;
      mark(one.id, { state: "done", at: clock.now(), attempts: 0, error: "superseded", nextAt: 0 });
      this.#lanes.remove(one.id);
    }
  }

  async #drain(device: string): Promise<void> {
    const { link } = this.#deps;
    for (;;) {
      const entry = this.#lanes.head(device);
      if (entry === undefined || this.#stopped.aborted || !link.isReady(device)) return;
      if (entry.kind === "command") await this.#sendCommand(entry);
      else await this.#sendSettings(entry);
      this.#lanes.remove(entry.id);
    }
  }

  async #sendCommand(entry: CommandEntry): Promise<void> {
    const { link, record, mark, clock, serviceTime } = this.#deps;
    const left = entry.expiresAt - serviceTime();
    // Expired: the deciding side has its own timer for that and takes the entry back.
    if (left <= 0) {
      const at = clock.now();
      mark(entry.id, { state: "failed", at, attempts: 0, error: "expired", nextAt: 0 });
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
}
