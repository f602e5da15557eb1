import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { POISON_TEMP } from "./machine.ts";
import type { DeviceStep, MachineStep, Step } from "./plan.ts";
import type { SimDevice } from "./sim-device.ts";
import type { Simulation } from "./simulation.ts";

/** Makes one step of the plan happen. */
export function carryOut(simulation: Simulation, step: Step): void {
  if (!("device" in step)) {
    onMachine(simulation, step);
    return;
  }
  const device = simulation.devices[step.device];
  if (device !== undefined) onDevice(simulation, device, step);
}

function onMachine(simulation: Simulation, step: MachineStep): void {
  const { machine } = simulation;
  const { scheduler, disk, series, receiver, serverClock } = machine;
  const later = (delay: DurationMs, act: () => void): void =>
    scheduler.after(delay, undefined, act);
  switch (step.kind) {
    case "kill":
    case "power_cut":
      simulation.end({ powerCut: step.kind === "power_cut", downFor: step.downFor });
      return;
    case "stop":
      simulation.gateway?.stop();
      later(50, () => simulation.end({ powerCut: false, downFor: step.downFor }));
      return;
    case "crash_in_write":
      disk.crashAtPoint(step.point, () =>
        simulation.end({ powerCut: step.powerCut, downFor: 5 * SECOND_MS }),
      );
      return;
    case "disk_full":
      disk.full = true;
      later(step.lasts, () => {
        disk.full = false;
      });
      return;
    case "store":
      series.mood = step.mood;
      later(step.lasts, () => {
        series.mood = "good";
      });
      return;
    case "receiver":
      receiver.mood = step.mood;
      later(step.lasts, () => {
        receiver.mood = "good";
      });
      return;
    case "server_clock":
      serverClock.jump(step.by, scheduler.now);
      return;
    case "storm":
      for (const { id } of simulation.devices) simulation.gateway?.link?.drop(id, "network");
      return;
    case "agent":
      simulation.agent.act(step.what);
      return;
  }
}

function onDevice(simulation: Simulation, device: SimDevice, step: DeviceStep): void {
  const { scheduler } = simulation.machine;
  const { id } = device;
  const cut = (): void => simulation.gateway?.link?.drop(id, "network");
  const afterwards = (act: () => void): void =>
    scheduler.after("lasts" in step ? step.lasts : 0, undefined, act);
  const acts: Readonly<Record<DeviceStep["kind"], () => void>> = {
    cut,
    repeat: () => device.repeat(),
    swap: () => device.swap(),
    babble: () => device.babble(),
    dismiss: () => device.dismissWarnings(),
    reboot: () => {
      device.reboot();
      cut();
    },
    poison: () => {
      device.planned = POISON_TEMP;
    },
    device_clock: () => {
      device.clockOffset += "by" in step ? step.by : 0;
    },
    no_network: () => {
      simulation.unreachable.add(id);
      cut();
      afterwards(() => simulation.unreachable.delete(id));
    },
    power_off: () => {
      device.powered = false;
      cut();
      afterwards(() => {
        device.powered = true;
      });
    },
    hot: () => {
      device.heat();
      afterwards(() => {
        device.hot = false;
      });
    },
  };
  acts[step.kind]();
}
