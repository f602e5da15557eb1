import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CredentialsFileError } from "../../../src/adapters/credentials/credentials-file.ts";
import type { DeviceCredentials } from "../../../src/adapters/credentials/device-credentials.ts";
import { openDeviceCredentials } from "../../../src/adapters/credentials/device-credentials.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const DAY = 86_400_000;

class Setting implements Disposable {
  readonly #folder = tempFolder();
  now = 1_800_000_000_000;

  open(): Promise<DeviceCredentials> {
    return openDeviceCredentials({
      folder: this.#folder.path,
      open: false,
      clock: { now: () => this.now },
    });
  }

  path(name: string): string {
    return join(this.#folder.path, name);
  }

  get file(): string {
    return readFileSync(this.path("credentials.ndjson"), "utf8");
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

const letsIn = (credentials: DeviceCredentials, device: string, secret: string): boolean =>
  credentials.secretMatches(device, Buffer.from(secret));

describe("A device's secret", () => {
  it("has 160 random bits, lets only its device in, and does so after a restart", async () => {
    using setting = new Setting();
    let secret = "";
    {
      await using credentials = await setting.open();
      secret = await credentials.issue("pump-1");
      expect(Buffer.from(secret, "base64url")).toHaveLength(20);
      expect(letsIn(credentials, "pump-1", secret)).toBe(true);
      expect(letsIn(credentials, "pump-2", secret)).toBe(false);
      expect(letsIn(credentials, "pump-1", `${secret}x`)).toBe(false);
      expect(letsIn(credentials, "pump-1", "")).toBe(false);
    }
    await using credentials = await setting.open();
    expect(letsIn(credentials, "pump-1", secret)).toBe(true);
  });

  it("is written nowhere, and the files are readable for the service only", async () => {
    using setting = new Setting();
    await using credentials = await setting.open();
    const secret = await credentials.issue("pump-1");
    expect(setting.file).not.toContain(secret);
    expect(statSync(setting.path("credentials.ndjson")).mode & 0o777).toBe(0o600);
    expect(statSync(setting.path("pepper")).mode & 0o777).toBe(0o600);
  });

  it("stays valid beside its successor until the overlap is over", async () => {
    using setting = new Setting();
    await using credentials = await setting.open();
    const first = await credentials.issue("pump-1");
    const second = await credentials.issue("pump-1");
    expect([first, second].map((one) => letsIn(credentials, "pump-1", one))).toEqual([true, true]);
    setting.now += 28 * DAY;
    expect([first, second].map((one) => letsIn(credentials, "pump-1", one))).toEqual([false, true]);
  });

  it("ends at once when a second successor is issued, also when both are asked for together", async () => {
    using setting = new Setting();
    const secrets: string[] = [];
    {
      await using credentials = await setting.open();
      const issue = () => credentials.issue("pump-1");
      secrets.push(...(await Promise.all([issue(), issue(), issue()])));
      expect(secrets.map((one) => letsIn(credentials, "pump-1", one))).toEqual([false, true, true]);
    }
    await using credentials = await setting.open();
    expect(secrets.map((one) => letsIn(credentials, "pump-1", one))).toEqual([false, true, true]);
    setting.now += 28 * DAY;
    expect(secrets.map((one) => letsIn(credentials, "pump-1", one))).toEqual([false, false, true]);
  });

  it("that is revoked lets nobody in, at once and for good", async () => {
    using setting = new Setting();
    let secret = "";
    {
      await using credentials = await setting.open();
      secret = await credentials.issue("pump-1");
      const revoked = credentials.revoke("pump-1");
      expect(letsIn(credentials, "pump-1", secret)).toBe(false);
      await revoked;
      expect(credentials.validSecrets("pump-1")).toBe(0);
    }
    await using credentials = await setting.open();
    expect(letsIn(credentials, "pump-1", secret)).toBe(false);
  });
});

describe("The directory of devices", () => {
  it("knows the product of a device while it is registered", async () => {
    using setting = new Setting();
    await using credentials = await setting.open();
    expect(credentials.productOf("pump-1")).toBeUndefined();
    credentials.setProduct("pump-1", "pump");
    expect(credentials.productOf("pump-1")).toBe("pump");
    credentials.remove("pump-1");
    expect(credentials.productOf("pump-1")).toBeUndefined();
  });
});

describe("The file of secrets", () => {
  it("is compacted at start: revoked and expired secrets are gone from it", async () => {
    using setting = new Setting();
    {
      await using credentials = await setting.open();
      await credentials.issue("kept");
      await credentials.issue("kept");
      await credentials.issue("revoked");
      await credentials.revoke("revoked");
    }
    expect(setting.file.split("\n")).toHaveLength(6);
    setting.now += 29 * DAY;
    await using _credentials = await setting.open();
    expect(setting.file.split("\n")).toHaveLength(2);
    expect(setting.file).not.toContain("revoked");
  });

  it("survives a crash in the middle of an append", async () => {
    using setting = new Setting();
    let secret = "";
    {
      await using credentials = await setting.open();
      secret = await credentials.issue("pump-1");
    }
    appendFileSync(setting.path("credentials.ndjson"), '{"op":"issue","device":"pump-2","hm');
    await using credentials = await setting.open();
    expect(letsIn(credentials, "pump-1", secret)).toBe(true);
    expect(credentials.validSecrets("pump-2")).toBe(0);
  });

  it("is refused with its line when something else stands in it", async () => {
    using setting = new Setting();
    writeFileSync(setting.path("credentials.ndjson"), '{"op":"admit","device":"everyone"}\n');
    await expect(setting.open()).rejects.toThrow(/line 1 is no credential entry/);
  });

  it("is refused when its pepper is lost, as a new one would lock out every device", async () => {
    using setting = new Setting();
    {
      await using credentials = await setting.open();
      await credentials.issue("pump-1");
    }
    rmSync(setting.path("pepper"));
    await expect(setting.open()).rejects.toThrow(CredentialsFileError);
  });
});
