import { SECOND_MS } from "#domain/units.ts";
import { POISON_TEMP } from "./machine.ts";
import type { Step } from "./plan.ts";
import type { SimDevice } from "./sim-device.ts";
import type { Simulation } from "./simulation.ts";

/** Makes one step of the plan happen. */
export function carryOut(simulation: Simulation, step: Step): void {
  const { machine } = simulation;
  const { scheduler, disk, series, receiver, serverClock } = machine;
  switch (step.kind) {
    case "kill":
    case "power_cut":
      simulation.end({ powerCut: step.kind === "power_cut", downFor: step.downFor });
      return;
    case "stop":
      simulation.gateway?.stop();
      scheduler.after(50, undefined, () =>
        simulation.end({ powerCut: false, downFor: step.downFor }),
      );
      return;
    case "crash_in_write":
      disk.crashAtPoint(step.point, () =>
        simulation.end({ powerCut: step.powerCut, downFor: 5 * SECOND_MS }),
      );
      return;
    case "disk_full":
      disk.full = true;
      scheduler.after(step.lasts, undefined, () => {
        disk.full = false;
      });
      return;
    case "store":
      series.mood = step.mood;
      scheduler.after(step.lasts, undefined, () => {
        series.mood = "good";
      });
      return;
    case "receiver":
      receiver.mood = step.mood;
      scheduler.after(step.lasts, undefined, () => {
        receiver.mood = "good";
      });
      return;
    case "server_clock":
      serverClock.jump(step.by);
      return;
    case "storm":
      for (const { id } of simulation.devices) simulation.gateway?.link?.drop(id, "network");
      return;
    case "agent":
      simulation.agent.act(step.what);
      return;
    default: {
      const device = simulation.devices[step.device];
      if (device !== undefined) onDevice(simulation, device, step);
    }
  }
}

type DeviceStep = Extract<Step, { readonly device: number }>;

function onDevice(simulation: Simulation, device: SimDevice, step: DeviceStep): void {
  const { scheduler } = simulation.machine;
  const { id } = device;
  const cut = (): void => simulation.gateway?.link?.drop(id, "network");
  switch (step.kind) {
    case "cut":
      cut();
      return;
    case "reboot":
      device.reboot();
      cut();
      return;
    case "repeat":
      device.repeat();
      return;
    case "swap":
      device.swap();
      return;
    case "babble":
      device.babble();
      return;
    case "dismiss":
      device.dismissWarning();
      return;
    case "poison":
      device.planned = POISON_TEMP;
      return;
    case "device_clock":
      device.clockOffset += step.by;
      return;
    case "no_network":
      simulation.unreachable.add(id);
      cut();
      scheduler.after(step.lasts, undefined, () => simulation.unreachable.delete(id));
      return;
    case "power_off":
      device.powered = false;
      cut();
      scheduler.after(step.lasts, undefined, () => {
        device.powered = true;
      });
      return;
    case "hot":
      device.heat();
      scheduler.after(step.lasts, undefined, () => {
        device.hot = false;
      });
      return;
  }
}
