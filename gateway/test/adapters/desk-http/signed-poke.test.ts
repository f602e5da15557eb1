import { describe, expect, it } from "vitest";
import { StandardWebhook } from "../../../src/adapters/desk-http/standard-webhook.ts";
import { createRedmineDesk } from "../../../src/adapters/desk-redmine/redmine-desk.ts";
import { createRtDesk } from "../../../src/adapters/desk-rt/rt-desk.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { redmineSettings } from "../../support/redmine/redmine-settings.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const secretOf = (sign: string) => `whsec_${Buffer.from(sign.repeat(32)).toString("base64")}`;

describe.each([
  ["rt", createRtDesk],
  ["redmine", createRedmineDesk],
] as const)("A call of a script in %s", (_kind, create) => {
  const desk = (hookSecret: string) =>
    create({
      settings: redmineSettings("http://desk.example"),
      secrets: { token: "1-7-abc", hookSecret },
      clock: new ManualClock(NOW),
    });
  const body = Buffer.from('{"ticket":7}');
  const headers = new StandardWebhook("d", secretOf("a")).headers("rt_1", body, NOW);

  it("is believed only when it is signed with the agreed secret, lately", () => {
    expect(desk(secretOf("a")).verifyHook(headers, body, NOW)).toBe(true);
    expect(desk(secretOf("a")).verifyHook(headers, body, NOW + 3_600_000)).toBe(false);
    expect(desk(secretOf("b")).verifyHook(headers, body, NOW)).toBe(false);
    expect(desk("").verifyHook(headers, body, NOW)).toBe(false);
  });

  it("cannot be agreed with a secret that is none", () => {
    expect(() => desk("password")).toThrow(/hook is not whsec_/);
  });
});
