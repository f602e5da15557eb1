/** Wire contract major version: the first level of every topic. */
export const WIRE_VERSION = "vz1";

/** Device, product, event, command and feature ids: safe in a topic, a tag, a file name and a URL. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** What a device may publish. `time` is also answered by the service. */
export const UP_CLASSES = [
  "status",
  "birth",
  "tele",
  "hist",
  "event",
  "res",
  "rep",
  "time",
] as const;
/** What the service publishes and a device may subscribe to. */
export const DOWN_CLASSES = ["cmd", "des", "time"] as const;

export type UpClass = (typeof UP_CLASSES)[number];
export type DownClass = (typeof DOWN_CLASSES)[number];

export interface Topic<C extends string = UpClass | DownClass> {
  readonly product: string;
  readonly device: string;
  readonly class: C;
}

export type ParsedTopic =
  | { readonly ok: true; readonly topic: Topic<UpClass> }
  | { readonly ok: false; readonly reason: string };

const UP: ReadonlySet<string> = new Set(UP_CLASSES);

export const isUpClass = (text: string): text is UpClass => UP.has(text);

/** `vz1/{product}/{device}/{class}`, four levels exactly; the reason says which level is wrong and what would be right. */
export function parseUpTopic(text: string): ParsedTopic {
  const levels = text.split("/");
  const [version, product, device, cls] = levels;
  const shown = JSON.stringify(text.slice(0, 200));
  if (levels.length !== 4 || version !== WIRE_VERSION) {
    return {
      ok: false,
      reason: `topic ${shown} is not ${WIRE_VERSION}/{product}/{device}/{class}`,
    };
  }
  if (product === undefined || !ID_PATTERN.test(product)) {
    return { ok: false, reason: `product in topic ${shown} does not match ${ID_PATTERN.source}` };
  }
  if (device === undefined || !ID_PATTERN.test(device)) {
    return { ok: false, reason: `device in topic ${shown} does not match ${ID_PATTERN.source}` };
  }
  if (cls === undefined || !isUpClass(cls)) {
    return { ok: false, reason: `class in topic ${shown} is not one of ${UP_CLASSES.join(", ")}` };
  }
  return { ok: true, topic: { product, device, class: cls } };
}

export function formatTopic(topic: Topic): string {
  return `${WIRE_VERSION}/${topic.product}/${topic.device}/${topic.class}`;
}
