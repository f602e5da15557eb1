import type { Decoded, ProductModel, UpMessage } from "@voorzorg/firmware-contracts";
import { decodeUp } from "@voorzorg/firmware-contracts";
import type { ChangedViews, Effects } from "#domain/effects.ts";
import { applyAction } from "#domain/engine/action-step.ts";
import { commandOutcome } from "#domain/engine/command-step.ts";
import { consume } from "#domain/engine/message-step.ts";
import { applyConnection, applyRegistry, applyRuleset } from "#domain/engine/registry-step.ts";
import { loadWorld, takeUnsaved } from "#domain/engine/snapshot.ts";
import type { DeviceState, PendingMessage } from "#domain/engine/state.ts";
import { stopFailedRules } from "#domain/engine/stopped-rules.ts";
import { applyService, excuseDowntime, timerDue } from "#domain/engine/time-step.ts";
import { takeViews } from "#domain/engine/views.ts";
import { World } from "#domain/engine/world.ts";
import type { JournalRecord, MessageRecord } from "#domain/record.ts";
import type { compileRuleset } from "#domain/rules/compile.ts";
import type { CompiledProduct, CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import { configureService } from "#domain/service/in-force.ts";
import { payloadHash } from "#domain/stable-id.ts";
import {
  advanceClock,
  believedTime,
  isRemembered,
  newestTime,
  setClockMode,
  stamp,
} from "#domain/telemetry/device-time.ts";
import { order } from "#domain/telemetry/order.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

interface Entry {
  readonly key: string;
  readonly value: string | undefined;
}

function believed(world: World, arrived: Extract<Arrived, { ok: true }>): EpochMs | undefined {
  const { device, pending } = arrived;
  const newest = newestTime(pending.message, pending.stamp);
  return believedTime(world.service.clock, device.registered.id, newest);
}

/** A device that sends what nobody understands is not silent. */
function heardFrom(world: World, record: MessageRecord): void {
  const device = world.devices.get(record.device);
  if (device === undefined || device.registered.product !== record.product) return;
  device.lastSeenAt = world.now;
  device.messages += 1;
  world.touchDevice(device);
}

/** A message record after decoding, or the reason why it goes to quarantine. */
type Arrived =
  | {
      readonly ok: true;
      readonly device: DeviceState;
      readonly product: CompiledProduct;
      readonly pending: PendingMessage;
    }
  | { readonly ok: false; readonly code: string; readonly reason: string };

export interface EngineOptions {
  /**
   * In force from the start, without a RulesetRecord: engines over parts of one fleet share it. It is
   * in no snapshot.
   */
  readonly ruleset?: CompiledRuleset;
  /** Effects carry what alerts did (`Effects.alerts`). */
  readonly alerts?: boolean;
  /** Effects carry the case at each of its events (`Effects.cases`). */
  readonly cases?: boolean;
  /** How rulesets are made ready to run; for tests whose rules fail. */
  readonly compile?: typeof compileRuleset;
}

/**
 * The deciding core: a deterministic function of the journal. `apply` takes the records in order
 * of their offsets and answers what each did; the same records give the same effects in any
 * batching and from any snapshot. Nothing is read but the state and the record.
 */
export class Engine {
  readonly #world = new World();

  /** Starts from a snapshot's entries (none = empty) . */
  constructor(
    entries: readonly Entry[] = [],
    { ruleset, alerts = false, cases = false, compile }: EngineOptions = {},
  ) {
    if (compile !== undefined) this.#world.compile = compile;
    loadWorld(this.#world, entries);
    if (ruleset !== undefined) this.#world.ruleset = ruleset;
    if (alerts) this.#world.watchAlerts();
    if (cases) this.#world.watchCases();
  }

  apply(offset: Offset, record: JournalRecord): Effects | undefined {
    this.#world.begin(offset);
    if (record.kind !== "message") return this.#apply(record, undefined);
    const decode = (model: ProductModel) => decodeUp(record.class, record.payload, model);
    return this.#apply(record, this.#arrive(record, decode));
  }

  /**
   * The same for a message that is decoded already, so that recordings need no detour over bytes.
   * `record.payload` is used only to tell duplicates apart and may be empty for messages without `seq`.
   */
  applyDecoded(
    offset: Offset,
    record: MessageRecord,
    decode: (model: ProductModel) => Decoded<UpMessage>,
  ): Effects | undefined {
    this.#world.begin(offset);
    return this.#apply(record, this.#arrive(record, decode));
  }

  #apply(record: JournalRecord, arrived: Arrived | undefined): Effects | undefined {
    const world = this.#world;
    const eventTime = arrived?.ok === true ? believed(world, arrived) : undefined;
    // The clock of a device without one, or that anything was heard at all: part of the service's state.
    if (
      arrived?.ok === true &&
      (isRemembered(arrived.pending.message, arrived.pending.stamp) ||
        !world.service.clock.heard ||
        world.service.clock.mode === "event")
    ) {
      world.unsaved.add("service");
    }
    const next = advanceClock(world.service.clock, record.appendedAt, eventTime);
    if (record.kind === "service") applyService(world, record, next);
    else if (next > world.service.clock.now) excuseDowntime(world, next);
    this.#fireTimers(next);
    if (next !== world.service.clock.now) world.unsaved.add("service");
    world.service.clock.now = next;
    world.now = next;
    this.#applyRecord(record, arrived);
    stopFailedRules(world);
    return world.end();
  }

  /** Earliest deadline on the service clock; when it passes without traffic, a tick is due. */
  nextDeadline(): EpochMs | undefined {
    return this.#world.timers.earliest();
  }

  get serviceTime(): EpochMs {
    return this.#world.service.clock.now;
  }

  get clockMode(): "live" | "event" {
    return this.#world.service.clock.mode;
  }

  /** Rules that failed and judge nothing any more. */
  get stoppedRules(): readonly StoppedRule[] {
    return this.#world.service.stopped;
  }

  get ruleset(): CompiledRuleset {
    return this.#world.ruleset;
  }

  /** Forgets what changed, for a run that saves and shows nothing: the lists would grow for ever. */
  discardChanges(): void {
    this.#world.discardChanges();
  }

  takeViews(options: { readonly devices: boolean }): ChangedViews {
    return takeViews(this.#world, options);
  }

  /** Entries that changed since the last call; `undefined` values are removals. */
  takeUnsaved(): readonly Entry[] {
    return takeUnsaved(this.#world);
  }

  #fireTimers(until: EpochMs): void {
    const world = this.#world;
    for (let due = world.timers.takeDue(until); due !== undefined; ) {
      world.now = Math.max(due.at, world.service.clock.now);
      timerDue(world, due.key);
      due = world.timers.takeDue(until);
    }
  }

  #applyRecord(record: JournalRecord, arrived: Arrived | undefined): void {
    const world = this.#world;
    switch (record.kind) {
      case "message":
        this.#message(record, arrived);
        return;
      case "refusal":
        world.quarantine({
          device: record.client,
          topic: record.topic,
          code: record.code,
          reason: record.reason,
          payload: record.payload,
        });
        return;
      case "connection":
        applyConnection(world, record);
        return;
      case "registry":
        applyRegistry(world, record);
        return;
      case "ruleset":
        applyRuleset(world, record);
        return;
      case "config":
        setClockMode(world.service.clock, record.clock);
        world.now = world.service.clock.now;
        configureService(world, record.service);
        world.unsaved.add("service");
        return;
      case "action":
        applyAction(world, record);
        return;
      case "command_outcome":
        commandOutcome(world, record);
        return;
      case "service":
      case "tick":
        return;
    }
  }

  #arrive(record: MessageRecord, decode: (model: ProductModel) => Decoded<UpMessage>): Arrived {
    const world = this.#world;
    const product = world.ruleset.products.get(record.product);
    if (product === undefined) {
      const known = [...world.ruleset.products.keys()].join(", ");
      const reason = `product ${JSON.stringify(record.product)} is not known; known are ${known}`;
      return { ok: false, code: "unknown_product", reason };
    }
    const device = world.devices.get(record.device);
    if (device === undefined || device.registered.product !== record.product) {
      const reason = `device ${JSON.stringify(record.device)} is not registered as ${record.product}`;
      return { ok: false, code: "unknown_device", reason };
    }
    const decoded = decode(product.model);
    if (!decoded.ok) return { ok: false, ...decoded.refusal };
    const message = decoded.value;
    const stamped = stamp(world.service.clock, record.device, message, record.appendedAt);
    return { ok: true, device, product, pending: { message, stamp: stamped } };
  }

  #message(record: MessageRecord, arrived: Arrived | undefined): void {
    const world = this.#world;
    if (arrived === undefined || !arrived.ok) {
      const { code = "", reason = "" } = arrived ?? {};
      const topic = `vz1/${record.product}/${record.device}/${record.class}`;
      heardFrom(world, record);
      world.quarantine({ device: record.device, topic, code, reason, payload: record.payload });
      return;
    }
    const { device, product, pending } = arrived;
    const { message } = pending;
    world.unsaved.add(`device/${record.device}`);
    if (pending.stamp.suspect) world.count("clock_suspect_total");
    const { boot, seq } = message;
    if (boot === undefined || seq === undefined || message.class === "status") {
      consume(world, device, product, { message: pending, late: false, flag: "none" });
      return;
    }
    const hash = payloadHash(record.payload);
    const ordered = order(device.order, { boot, seq, hash, message: pending }, world.now);
    if (ordered.duplicate) world.count("messages_duplicate_total");
    for (const passed of ordered.passed) consume(world, device, product, passed);
    world.timers.set(`o/${record.device}`, device.order.heldUntil);
  }
}
