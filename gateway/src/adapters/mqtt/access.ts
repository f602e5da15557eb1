import type { DownClass, Topic, UpClass } from "@voorzorg/firmware-contracts";
import { DOWN_CLASSES, ID_PATTERN, parseUpTopic, WIRE_VERSION } from "@voorzorg/firmware-contracts";
import type { DeviceDirectory } from "#ports/device-link.ts";

/** Return codes of CONNACK in MQTT 3.1.1 [MQTT-3.2.2.3]. */
export type ConnackCode = 2 | 3 | 4 | 5;

export type AuthFailure = "bad_client_id" | "user_mismatch" | "no_secret" | "wrong_secret";

export type Identified =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly failure: AuthFailure;
      readonly returnCode: ConnackCode;
      readonly reason: string;
    };

export interface Credentials {
  readonly client: string;
  readonly user: string | undefined;
  readonly secret: Uint8Array | undefined;
}

const refuse = (failure: AuthFailure, returnCode: ConnackCode, reason: string): Identified => ({
  ok: false,
  failure,
  returnCode,
  reason,
});

/** Client id = user name = device id. In open mode the secret is not asked for: nobody could have issued it. */
export function identify(directory: DeviceDirectory, given: Credentials): Identified {
  const { client, user, secret } = given;
  if (!ID_PATTERN.test(client)) {
    const shown = JSON.stringify(client.slice(0, 80));
    return refuse("bad_client_id", 2, `client id ${shown} does not match ${ID_PATTERN.source}`);
  }
  if (user !== undefined && user !== client) {
    const shown = JSON.stringify(user.slice(0, 80));
    return refuse("user_mismatch", 4, `user name ${shown} is not the client id ${client}`);
  }
  if (directory.open) {
    return { ok: true };
  }
  if (user === undefined || secret === undefined) {
    return refuse("no_secret", 4, `client ${client} gave no user name or no password`);
  }
  const known = directory.productOf(client) !== undefined;
  // Asked for unknown devices too, so that the time of the answer does not tell which exist.
  if (!directory.secretMatches(client, secret) || !known) {
    return refuse("wrong_secret", 4, `client ${client} is not registered or its secret is wrong`);
  }
  return { ok: true };
}

/** What is known of the speaker when it speaks. */
export interface Speaker {
  readonly device: string;
  readonly registered: string | undefined;
  readonly open: boolean;
  /** In open mode the product of the first valid topic on this connection. */
  readonly learned: string | undefined;
}

export type TopicRefusal = "wrong_topic" | "wrong_device" | "wrong_product" | "not_registered";

export type TopicVerdict =
  | { readonly ok: true; readonly topic: Topic<UpClass> }
  | { readonly ok: false; readonly code: TopicRefusal; readonly reason: string };

/** What was learned counts in open mode only: a device that is removed from the registry is silenced at once. */
const productOf = (speaker: Speaker): string | undefined =>
  speaker.registered ?? (speaker.open ? speaker.learned : undefined);

/** A device writes only below its own id and its own product. */
export function judgeUpTopic(text: string, speaker: Speaker): TopicVerdict {
  const parsed = parseUpTopic(text);
  if (!parsed.ok) {
    return { ok: false, code: "wrong_topic", reason: parsed.reason };
  }
  const { topic } = parsed;
  if (topic.device !== speaker.device) {
    const reason = `client ${speaker.device} may not publish for device ${topic.device}`;
    return { ok: false, code: "wrong_device", reason };
  }
  const product = productOf(speaker);
  if (product === undefined && !speaker.open) {
    return {
      ok: false,
      code: "not_registered",
      reason: `device ${topic.device} is not registered`,
    };
  }
  if (product !== undefined && topic.product !== product) {
    const reason = `device ${topic.device} is a ${product}, not a ${topic.product}`;
    return { ok: false, code: "wrong_product", reason };
  }
  return { ok: true, topic };
}

/** A device uses few topics, most often the last one again; as long as its registration is the same, so is the verdict. */
export class TopicMemory {
  #last:
    | { readonly text: string; readonly registered: string; readonly verdict: TopicVerdict }
    | undefined;

  judge(text: string, speaker: Speaker): TopicVerdict {
    const { registered } = speaker;
    const last = this.#last;
    if (last?.text === text && last.registered === registered) {
      return last.verdict;
    }
    const verdict = judgeUpTopic(text, speaker);
    // Without a registration the verdict depends on what is learned on the way.
    this.#last = registered === undefined ? undefined : { text, registered, verdict };
    return verdict;
  }
}

const DOWN: ReadonlySet<string> = new Set(DOWN_CLASSES);
const isDownClass = (text: string): text is DownClass => DOWN.has(text);

/** A device reads its own `cmd`, `des` and `time`, by their exact topics; undefined = not allowed. */
export function judgeSubscription(filter: string, speaker: Speaker): DownClass | undefined {
  const levels = filter.split("/");
  const [version, product, device, cls] = levels;
  if (levels.length !== 4 || version !== WIRE_VERSION || device !== speaker.device) {
    return undefined;
  }
  if (product === undefined || !ID_PATTERN.test(product) || cls === undefined) {
    return undefined;
  }
  const expected = productOf(speaker);
  const productFits = expected === undefined ? speaker.open : product === expected;
  return productFits && isDownClass(cls) ? cls : undefined;
}
