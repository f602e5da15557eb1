import { INACTIVE } from "#domain/alert/advance.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";

/** What a rule looks like on a device on which all is well: most of them, so it is not written out. */
const AT_REST: Omit<RuleSlot, "detector" | "closing"> = {
  alert: INACTIVE,
  clock: "device",
  detectorDue: 0,
  alertDue: 0,
  timerAt: 0,
  caseId: "",
  evidence: null,
  historic: false,
  orphan: false,
};

type SavedSlot = Partial<RuleSlot>;

/** A device as it stands in a snapshot. */
export function saveDevice(device: DeviceState): string {
  const slots: Record<string, SavedSlot> = {};
  for (const rule in device.slots) slots[rule] = shortened(device.slots[rule] as RuleSlot);
  return JSON.stringify({ ...device, slots });
}

/** Of a fleet at every start: no copies beside what was parsed. */
export function loadDevice(text: string): DeviceState {
  const device = JSON.parse(text) as Omit<DeviceState, "slots"> & {
    readonly slots: Record<string, SavedSlot>;
  };
  for (const rule in device.slots) device.slots[rule] = completed(device.slots[rule] as SavedSlot);
  return device as DeviceState;
}

const completed = (saved: SavedSlot): RuleSlot => ({
  detector: saved.detector,
  alert: saved.alert ?? AT_REST.alert,
  clock: saved.clock ?? AT_REST.clock,
  detectorDue: saved.detectorDue ?? AT_REST.detectorDue,
  alertDue: saved.alertDue ?? AT_REST.alertDue,
  timerAt: saved.timerAt ?? AT_REST.timerAt,
  caseId: saved.caseId ?? AT_REST.caseId,
  evidence: saved.evidence ?? AT_REST.evidence,
  historic: saved.historic ?? AT_REST.historic,
  orphan: saved.orphan ?? AT_REST.orphan,
  ...(saved.closing === undefined ? undefined : { closing: saved.closing }),
});

function shortened(slot: RuleSlot): SavedSlot {
  const { detector, alert, clock, detectorDue, alertDue, timerAt } = slot;
  const atRest =
    alert.phase === "inactive" && alert.since === 0 && alert.onsetAt === 0 && !alert.unknown;
  return {
    detector,
    ...(atRest ? undefined : { alert }),
    ...(clock === AT_REST.clock ? undefined : { clock }),
    ...(detectorDue === 0 ? undefined : { detectorDue }),
    ...(alertDue === 0 ? undefined : { alertDue }),
    ...(timerAt === 0 ? undefined : { timerAt }),
    ...(slot.caseId === "" ? undefined : { caseId: slot.caseId }),
    ...(slot.evidence === null ? undefined : { evidence: slot.evidence }),
    ...(slot.historic ? { historic: true } : undefined),
    ...(slot.orphan ? { orphan: true } : undefined),
    ...(slot.closing === undefined ? undefined : { closing: slot.closing }),
  };
}
