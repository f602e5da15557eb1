import type { DownClass } from "@voorzorg/firmware-contracts";
import { GatewayError } from "#domain/errors.ts";

/** The address for devices cannot be listened on. */
export class LinkListenError extends GatewayError {
  readonly code = "VZ_MQTT_LISTEN";
}

/** The device has no live connection, or lost it before it acknowledged. */
export class DeviceOfflineError extends GatewayError {
  readonly code = "VZ_DEVICE_OFFLINE";

  constructor(device: string, detail: string) {
    super(`device ${device} is offline (${detail}); send again when it is ready`);
  }
}

/** The device is connected and did not subscribe to the class. */
export class DeviceNotSubscribedError extends GatewayError {
  readonly code = "VZ_DEVICE_NOT_SUBSCRIBED";

  constructor(device: string, cls: DownClass, topic: string) {
    super(`device ${device} has not subscribed to ${topic}; it cannot receive ${cls}`);
  }
}

/** Too many messages to the device wait for its acknowledgement. */
export class DeviceBusyError extends GatewayError {
  readonly code = "VZ_DEVICE_BUSY";

  constructor(device: string, window: number) {
    super(`device ${device} has not acknowledged ${window} messages; send fewer at a time`);
  }
}

/** The device stayed connected and did not acknowledge in time. It may have acted on the message all the same. */
export class DeviceNoAckError extends GatewayError {
  readonly code = "VZ_DEVICE_NO_ACK";

  constructor(device: string, waitedMs: number) {
    super(`device ${device} did not acknowledge within ${waitedMs} ms; it may still have acted`);
  }
}
