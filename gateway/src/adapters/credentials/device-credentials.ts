import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeviceDirectory } from "#ports/device-link.ts";
import type { CredentialEntry } from "./credentials-file.ts";
import { CredentialsFile, readEntries } from "./credentials-file.ts";
import { loadPepper } from "./pepper.ts";

/** The devices' secrets and products. Products are kept in memory only: their source is the registry. */
export interface DeviceCredentials extends DeviceDirectory, AsyncDisposable {
  setProduct(device: string, product: string): void;
  /** The device is no longer registered; its secrets stay until they are revoked. */
  remove(device: string): void;
  /**
   * A new secret, shown here and never again; durable when resolved. The newest of the former ones stays valid for the overlap,
   * so that a device can be changed over; older ones end at once.
   */
  issue(device: string): Promise<string>;
  /** All secrets of the device end at once, even before that is durable. */
  revoke(device: string): Promise<void>;
  /** How many secrets would let the device in now: 0 to 2. */
  validSecrets(device: string): number;
}

export interface DeviceCredentialsOptions {
  /** Holds `credentials.ndjson` and `pepper`. */
  readonly folder: string;
  /** True if unknown devices may connect without a secret. */
  readonly open: boolean;
  readonly clock: Pick<Clock, "now">;
  /** How long a replaced secret stays valid. */
  readonly overlapMs?: DurationMs;
}

/** Time to reach battery devices that report once a week, four times over. */
const DEFAULT_OVERLAP_MS: DurationMs = 28 * DAY_MS;
/** 160 bits: no guess can succeed, so a fast hash is enough and a reconnect storm stays cheap. */
const SECRET_BYTES = 20;
const NOBODY = Buffer.alloc(32);

interface StoredSecret {
  readonly hmac: Buffer;
  readonly at: EpochMs;
  readonly until: EpochMs;
}

export async function openDeviceCredentials(
  options: DeviceCredentialsOptions,
): Promise<DeviceCredentials> {
  const { clock, folder } = options;
  const path = join(folder, "credentials.ndjson");
  const entries = await readEntries(path);
  const pepper = await loadPepper(join(folder, "pepper"), entries.length > 0);
  const secrets = replay(entries, clock.now());
  const file = await CredentialsFile.create(path, compacted(secrets));
  return new HmacCredentials({ ...options, pepper, secrets, file });
}

/** Newest first. */
type Secrets = Map<string, readonly StoredSecret[]>;

function replay(entries: readonly CredentialEntry[], now: EpochMs): Secrets {
  const secrets: Secrets = new Map();
  for (const entry of entries) {
    apply(secrets, entry);
  }
  for (const [device, stored] of secrets) {
    const valid = stored.filter(({ until }) => until > now);
    if (valid.length === 0) {
      secrets.delete(device);
    } else {
      secrets.set(device, valid);
    }
  }
  return secrets;
}

function apply(secrets: Secrets, entry: CredentialEntry): void {
  const stored = secrets.get(entry.device) ?? [];
  switch (entry.op) {
    case "issue": {
      const hmac = Buffer.from(entry.hmac, "hex");
      const issued = { hmac, at: entry.at, until: Number.POSITIVE_INFINITY };
      secrets.set(entry.device, [issued, ...stored].slice(0, 2));
      break;
    }
    case "expire": {
      const { hmac, until } = entry;
      secrets.set(
        entry.device,
        stored.map((one) => (one.hmac.toString("hex") === hmac ? { ...one, until } : one)),
      );
      break;
    }
    case "revoke":
      secrets.delete(entry.device);
      break;
  }
}

function compacted(secrets: Secrets): readonly CredentialEntry[] {
  return [...secrets].flatMap(([device, stored]) =>
    stored.toReversed().flatMap(({ at, hmac, until }): CredentialEntry[] => {
      const hex = hmac.toString("hex");
      const issue = { op: "issue", device, hmac: hex, at } as const;
      return until === Number.POSITIVE_INFINITY
        ? [issue]
        : [issue, { op: "expire", device, hmac: hex, until }];
    }),
  );
}

interface Parts extends DeviceCredentialsOptions {
  readonly pepper: Buffer;
  readonly secrets: Secrets;
  readonly file: CredentialsFile;
}

class HmacCredentials implements DeviceCredentials {
  readonly open: boolean;
  readonly #parts: Parts;
  readonly #products = new Map<string, string>();
  /** One issue at a time: each must see the secret that it replaces. */
  #lastIssue: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.open = parts.open;
    this.#parts = parts;
  }

  productOf(device: string): string | undefined {
    return this.#products.get(device);
  }

  setProduct(device: string, product: string): void {
    this.#products.set(device, product);
  }

  remove(device: string): void {
    this.#products.delete(device);
  }

  secretMatches(device: string, secret: Uint8Array): boolean {
    const given = this.#hmac(device, secret);
    const [newest, older] = this.#valid(device);
    // Both are always compared, and something always is: the time tells neither which nor whether.
    const matchesNewest = timingSafeEqual(given, newest?.hmac ?? NOBODY);
    const matchesOlder = timingSafeEqual(given, older?.hmac ?? NOBODY);
    return matchesNewest || matchesOlder;
  }

  validSecrets(device: string): number {
    return this.#valid(device).length;
  }

  issue(device: string): Promise<string> {
    const issued = this.#lastIssue.then(() => this.#issue(device));
    this.#lastIssue = issued.catch(() => undefined);
    return issued;
  }

  async #issue(device: string): Promise<string> {
    const { clock, file, overlapMs = DEFAULT_OVERLAP_MS, secrets } = this.#parts;
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const at = clock.now();
    const hmac = this.#hmac(device, Buffer.from(secret)).toString("hex");
    const [replaced] = this.#valid(device);
    const issue: CredentialEntry = { op: "issue", device, hmac, at };
    const entries: CredentialEntry[] = [issue];
    if (replaced !== undefined) {
      const until = Math.min(replaced.until, at + overlapMs);
      entries.push({ op: "expire", device, hmac: replaced.hmac.toString("hex"), until });
    }
    await file.append(entries);
    for (const entry of entries) {
      apply(secrets, entry);
    }
    return secret;
  }

  async revoke(device: string): Promise<void> {
    const { file, secrets } = this.#parts;
    const entry: CredentialEntry = { op: "revoke", device };
    apply(secrets, entry);
    await file.append([entry]);
    // An issue that was being written meanwhile is older than this revocation.
    apply(secrets, entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastIssue;
    await this.#parts.file[Symbol.asyncDispose]();
  }

  #valid(device: string): readonly StoredSecret[] {
    const now = this.#parts.clock.now();
    return (this.#parts.secrets.get(device) ?? []).filter(({ until }) => until > now);
  }

  #hmac(device: string, secret: Uint8Array): Buffer {
    // The device is part of it: an HMAC copied to another device's line lets nobody in.
    return createHmac("sha256", this.#parts.pepper).update(`${device}\0`).update(secret).digest();
  }
}
