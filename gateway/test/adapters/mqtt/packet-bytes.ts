/** What the broker does when it meets one of them; `row` is the line of the table in docs/contract.md. */
export interface BrokenPacket {
  readonly what: string;
  readonly row: string;
  readonly bytes: Buffer;
  /** Label of the counter of closed connections, and what the log says. */
  readonly reason: string;
  /** Code of the refusal that people can look at; absent = counted only. */
  readonly code?: string;
  /** Return code of a CONNACK before the end. */
  readonly connack?: number;
}

export const TOPIC = "vz1/espresso/d1/tele";
export const MQTT = [0, 4, 0x4d, 0x51, 0x54, 0x54, 4] as const;

export const text = (value: string | readonly number[]): readonly number[] => {
  const bytes = Buffer.from(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
};

export const packet = (first: number, ...body: readonly number[]): Buffer =>
  Buffer.from([first, body.length, ...body]);

export const connect = (flags: number, ...payload: readonly number[]): Buffer =>
  packet(0x10, ...MQTT, flags, 0, 60, ...payload);

export const publish = (
  first: number,
  topic: string | readonly number[],
  ...rest: readonly number[]
) => packet(first, ...text(topic), ...rest);

export const subscribe = (...filter: readonly number[]): Buffer => packet(0x82, 0, 1, ...filter);

/** A row of both tables. */
export const LENGTH = "a remaining length of more than 4 bytes";

/** One right packet of each type that devices send, for cutting it short. */
export const RIGHT_PACKETS: Readonly<Record<string, (device: string) => Buffer>> = {
  PUBLISH: (device) => publish(0x32, `vz1/espresso/${device}/tele`, 0, 7, ...Buffer.from("{}")),
  PUBACK: () => packet(0x40, 0, 7),
  PUBREL: () => packet(0x62, 0, 7),
  SUBSCRIBE: (device) => subscribe(...text(`vz1/espresso/${device}/cmd`), 1),
  UNSUBSCRIBE: (device) => packet(0xa2, 0, 1, ...text(`vz1/espresso/${device}/cmd`)),
  PINGREQ: () => packet(0xc0),
  DISCONNECT: () => packet(0xe0),
};

export const rightConnect = (device: string): Buffer =>
  connect(0xc2, ...text(device), ...text(device), ...text(`secret-${device}`));
