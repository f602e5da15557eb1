/** A process full of devices: commands and states go through the channel of `child_process.fork`. */
import { every } from "@voorzorg/device-sim";
import { DevicePool } from "../devices/device-pool.ts";
import type { DevicesCommand } from "../devices/protocol.ts";

const STATE_EVERY_MS = 100;

const pool = new DevicePool();
process.on("message", (command: DevicesCommand) => pool.take(command));
// The bench is gone, so nobody will stop these devices.
process.on("disconnect", () => process.exit(0));
every(STATE_EVERY_MS, () => process.send?.(pool.state));
