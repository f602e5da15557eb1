import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAnswerSecret } from "../../../src/adapters/answer-links/answer-secret.ts";
import { signAnswer, verifyAnswer } from "../../../src/adapters/answer-links/sign-answer.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const secret = Buffer.alloc(32, 1);
const NOW = 1_795_000_000_000;

describe("a link that answers a case", () => {
  it("is good for its case until it expires, and for no other case, secret or time", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.integer({ min: 0, max: 4e12 }),
        (id, expires) => {
          const token = signAnswer(secret, id, expires);
          expect(token).toMatch(/^[0-9a-z]+\.[A-Za-z0-9_-]{43}$/);
          const second = Math.floor(expires / 1_000) * 1_000;
          expect(verifyAnswer(secret, id, { token, now: second - 1 })).toBe("valid");
          expect(verifyAnswer(secret, id, { token, now: second })).toBe("expired");
          expect(verifyAnswer(secret, `${id}x`, { token, now: 0 })).toBe("unknown");
          expect(verifyAnswer(Buffer.alloc(32, 2), id, { token, now: 0 })).toBe("unknown");
        },
      ),
      { numRuns: 50 },
    );
  });

  it("cannot be made to last longer, and whatever else is typed is unknown", () => {
    const token = signAnswer(secret, "case-1", NOW);
    const [, mac = ""] = token.split(".");
    const later = Math.floor(NOW / 1_000 + 86_400).toString(36);
    const forged = [`${later}.${mac}`, `0${token}`, `${token}x`, `${token}=`, mac, ".", "", "a.b"];
    for (const given of forged) {
      expect([given, verifyAnswer(secret, "case-1", { token: given, now: 0 })]).toEqual([
        given,
        "unknown",
      ]);
    }
    fc.assert(
      fc.property(fc.string(), (given) => {
        expect(verifyAnswer(secret, "case-1", { token: given, now: 0 })).toBe("unknown");
      }),
    );
  });
});

describe("the secret of the links", () => {
  it("is made at the first start, for the gateway's eyes only, and is the same ever after", async () => {
    using folder = tempFolder();
    const first = await loadAnswerSecret(folder.path);
    expect(first).toHaveLength(32);
    expect(await loadAnswerSecret(folder.path)).toEqual(first);
    const path = join(folder.path, "answer-secret");
    expect(readFileSync(path, "utf8")).toBe(`${first.toString("hex")}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("that is damaged, or has no place, stops the start with what to do", async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, "answer-secret"), "short\n");
    await expect(loadAnswerSecret(folder.path)).rejects.toThrow(/64 hex digits; restore it/);
    await expect(loadAnswerSecret(join(folder.path, "none"))).rejects.toThrow(/writable/);
  });
});
