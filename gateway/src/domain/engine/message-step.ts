import type {
  EventMessage,
  MeasurementMessage,
  SignalValues,
  StatusMessage,
  UpClass,
} from "@voorzorg/firmware-contracts";
import type { DetectorInput } from "#domain/detect/detector.ts";
import { birth } from "#domain/engine/birth.ts";
import { commandResult } from "#domain/engine/command-step.ts";
import {
  confirmBackfilled,
  fireDeviceDeadlines,
  forgetFuture,
  isHistoric,
  notifyDevice,
  runRule,
  settle,
} from "#domain/engine/rules-step.ts";
import { settingsReported } from "#domain/engine/settings-step.ts";
import type { DeviceState, PendingMessage } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { checkCase } from "#domain/remedy/prove.ts";
import type { CompiledProduct } from "#domain/rules/ruleset.ts";
import { momentOf, oldestTime } from "#domain/telemetry/device-time.ts";
import { noteLag } from "#domain/telemetry/lag.ts";
import type { Passed } from "#domain/telemetry/order.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import {
  featureEvent,
  featureSamples,
  useEvent,
  useSamples,
  useSetBack,
} from "#domain/usage/use-tally.ts";

/** A device clock that was set back by more than this is believed after BEHIND_MESSAGES in a row. */
const BEHIND_MS: DurationMs = DAY_MS;
const BEHIND_MESSAGES = 3;

/** One message whose turn has come: presence, then signals, events or results, then the rules. */
export function consume(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
  passed: Passed<PendingMessage>,
): void {
  const { message, stamp } = passed.message;
  const isTimed = stamp.source !== "receive" || world.service.clock.mode === "live";
  const activated = isTimed && activate(world, device, oldestTime(message, stamp));
  const measured =
    message.class === "tele" || message.class === "hist" || message.class === "event";
  if (!measured && stamp.source === "device" && !passed.late) {
    moveClock(world, device, { product, at: stamp.base, cls: message.class });
  }
  if (passed.flag === "boot_regressed") world.count("boot_regressed_total");
  if (passed.flag === "late") world.count("messages_late_total");
  if (message.class !== "status") seen(world, device, { product, boot: message.boot, activated });
  switch (message.class) {
    case "status":
      status(world, device, product, message);
      return;
    case "tele":
    case "hist":
      measurements(world, device, product, { message, passed });
      return;
    case "event":
      events(world, device, product, { message, passed });
      return;
    case "birth":
      birth(world, device, message);
      return;
    case "rep":
      settingsReported(world, device, message);
      return;
    case "res":
      commandResult(world, device, message);
      return;
    case "time":
      return;
  }
}

/** What a device that registered by connecting is measured by begins with its first message. */
function activate(world: World, device: DeviceState, at: EpochMs): boolean {
  if (device.deviceTime === 0) {
    device.deviceTime = at;
    device.deviceTimeSetAt = world.now;
  }
  const activated = device.registered.activatedAt === 0;
  if (activated) device.registered = { ...device.registered, activatedAt: at };
  if (device.useObservedFrom === 0) device.useObservedFrom = at;
  return activated;
}

function seen(
  world: World,
  device: DeviceState,
  {
    product,
    boot,
    activated,
  }: { product: CompiledProduct; boot: number | undefined; activated: boolean },
): void {
  const changed = device.presence !== "online" || device.silenceExpected;
  const news = changed || activated || device.lastSeenAt === 0;
  device.lastSeenAt = world.now;
  device.messages += 1;
  device.boot = Math.max(device.boot, boot ?? device.boot);
  world.touchDevice(device);
  if (changed)
    setPresence(world, device, { presence: "online", silenceExpected: false, wakeBy: 0 });
  const alarmed = product.byDevice.some((compiled) => {
    const alert = device.slots[compiled.rule.id]?.alert;
    return alert !== undefined && (alert.phase !== "inactive" || alert.unknown);
  });
  if (news || alarmed) notifyDevice(world, device, product);
}

export function setPresence(
  world: World,
  device: DeviceState,
  next: Pick<DeviceState, "presence" | "silenceExpected" | "wakeBy">,
): void {
  Object.assign(device, next);
  world.timers.set(`w/${device.registered.id}`, next.wakeBy);
  world.touchDevice(device);
}

function status(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
  message: StatusMessage,
): void {
  // A will of an earlier boot that arrives late says nothing about this one.
  if (message.boot !== undefined && message.boot < device.boot) return;
  if (message.state !== "lost") device.lastSeenAt = world.now;
  device.messages += 1;
  const sleeping = message.state === "sleeping";
  const wakeBy =
    sleeping && message.wakeS !== undefined
      ? world.now + message.wakeS * 1_000 + 10 * MINUTE_MS
      : 0;
  const planned = message.state === "offline" && message.reason === "planned";
  setPresence(world, device, {
    presence: message.state,
    silenceExpected: planned || sleeping,
    wakeBy,
  });
  notifyDevice(world, device, product);
}

/** Moves the device's clock over the deadlines on the way. It never runs back. */
function moveClock(
  world: World,
  device: DeviceState,
  { product, at, cls }: { product: CompiledProduct; at: EpochMs; cls: UpClass },
): void {
  if (at < device.deviceTime) return;
  if (device.deviceTime !== 0) fireDeviceDeadlines(world, device, { product, until: at, cls });
  device.deviceTime = at;
  // A leap moves the event clock one message late; that lag is no time that passed on the device.
  const { mode } = world.service.clock;
  device.deviceTimeSetAt = mode === "event" ? Math.max(world.now, at) : world.now;
}

/**
 * True when nothing newer was decided upon. A message that lost its place in the sequence (a
 * counter that jumped or was reset) still counts when its own clock says that it is news.
 */
function isFresh(passed: Passed<PendingMessage>, at: EpochMs, newest: EpochMs): boolean {
  if (!passed.late) return at >= newest;
  return passed.message.stamp.source === "device" && at > newest;
}

/** Believes a clock that was set back, once several messages in a row agree. */
function noticeStepBack(
  world: World,
  device: DeviceState,
  { product, newest }: { product: CompiledProduct; newest: EpochMs },
): void {
  if (newest >= device.deviceTime - BEHIND_MS) {
    device.behind = { count: 0, at: 0 };
    return;
  }
  const count = newest >= device.behind.at ? device.behind.count + 1 : 1;
  device.behind = { count, at: newest };
  if (count < BEHIND_MESSAGES) return;
  device.deviceTime = newest;
  device.sampleTime = newest;
  device.deviceTimeSetAt = world.now;
  device.behind = { count: 0, at: 0 };
  world.count("clock_steps_back_total");
  for (const [name, [, at]] of Object.entries(device.signals)) {
    // Stamped in what is now the future, it would count as fresh until then.
    if (at > newest) delete device.signals[name];
  }
  device.use = useSetBack(device.use, newest);
  device.useObservedFrom = Math.min(device.useObservedFrom, newest);
  forgetFuture(world, device, { product, newest });
}

function measurements(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
  { message, passed }: { message: MeasurementMessage; passed: Passed<PendingMessage> },
): void {
  const { stamp } = passed.message;
  const points = message.points.map((p) => ({ at: momentOf(stamp, p), values: p.values }));
  points.sort((a, b) => a.at - b.at);
  const newest = points.at(-1);
  if (newest !== undefined && message.class === "tele" && !passed.late) {
    noticeStepBack(world, device, { product, newest: newest.at });
    device.lag = noteLag(device.lag, world.now, newest.at);
  }
  for (const { at, values } of points) {
    const fresh = isFresh(passed, at, device.sampleTime);
    const view = world.signalsOf(device, product, at);
    if (fresh) {
      moveClock(world, device, { product, at, cls: message.class });
      device.sampleTime = at;
      for (const name in values) device.signals[name] = [values[name] ?? null, at];
    } else world.count("samples_late_total");
    const used = () => useSamples(product, device.use, { at, view, values });
    countUse(world, device, product, fresh ? () => featureSamples(product, used(), view) : used);
    if (!fresh) continue;
    const input: DetectorInput = { kind: "samples", at, now: at, view };
    const historic = isHistoric(world, device, { cls: message.class, at });
    for (const compiled of product.rules) {
      if (!touches(compiled.detector.wants.signals, values)) continue;
      runRule(world, device, { compiled, input, historic });
    }
    settle(world, device, { product, at, historic });
    if (historic) continue;
    if (device.backfilled === true) confirmBackfilled(world, device, product);
    checkWaiting(world, device);
  }
}

const touches = (signals: readonly string[], values: SignalValues): boolean => {
  for (const name of signals) if (values[name] !== undefined) return true;
  return false;
};

function events(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
  { message, passed }: { message: EventMessage; passed: Passed<PendingMessage> },
): void {
  const { stamp } = passed.message;
  for (const event of message.events) {
    const at = momentOf(stamp, event);
    const late = !isFresh(passed, at, device.deviceTime);
    if (!late) moveClock(world, device, { product, at, cls: "event" });
    const { code } = event;
    countUse(world, device, product, () =>
      featureEvent(product, useEvent(product, device.use, { at, code }), { at, code }),
    );
    const input: DetectorInput = {
      kind: "event",
      at,
      now: Math.max(at, device.deviceTime),
      code: event.code,
      attrs: event.attrs,
      late,
      view: world.signalsOf(device, product, at),
    };
    const historic = isHistoric(world, device, { cls: "event", at });
    for (const compiled of product.byEvent.get(event.code) ?? []) {
      runRule(world, device, { compiled, input, historic });
    }
    settle(world, device, { product, at: device.deviceTime, historic });
    if (!late) checkWaiting(world, device);
  }
}

/** Applies a tally; the first use of a day, and of a feature, is news for the rules on use. */
function countUse(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
  tally: () => DeviceState["use"],
): void {
  const { days, features } = device.use;
  device.use = tally();
  const isNewDay = device.use.days.at(-1)?.day !== days.at(-1)?.day;
  if (isNewDay || device.use.features !== features) notifyDevice(world, device, product);
}

function checkWaiting(world: World, device: DeviceState): void {
  for (const id of device.waitingCases) {
    const state = world.cases.get(id);
    if (state !== undefined) checkCase(world, state, device);
  }
}
