import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { parseDeskFile } from "../../src/config/desk-file.ts";

const RT = `kind: rt
url: https://rt.example.com/
tokenFile: rt-token
queues:
  default: Proactive Service
  byProduct: { e-bike: Field Service }
fields: { reference: Case Ref, dedupKey: Dedup Key, device: Device ID, severity: 6 }
severities: { normal: warning, urgent: major, safety: critical }
statuses: { open: [open, stalled], resolved: resolved }
comments: { every: 1h }
`;

const read = (text: string, name = "rt") =>
  parseDeskFile(name, { path: `desks/${name}.yaml`, text });

describe("The file of a desk", () => {
  it("gives settings with defaults, and says where the secrets are", () => {
    const parsed = read(RT);
    assert(parsed.ok);
    expect(parsed.tokenFile).toBe("rt-token");
    expect(parsed.settings).toMatchObject({
      name: "rt",
      url: "https://rt.example.com",
      webUrl: "https://rt.example.com",
      openWhen: "escalated",
      fields: { severity: "6" },
      statuses: { open: ["open", "stalled"], resolved: ["resolved"] },
      comments: { everyMs: 3_600_000, perDay: 6 },
      pollEveryMs: 30_000,
    });
  });

  it.each([
    ["kind: jira\nurl: https://a.example\n", /"jira" is not one of rt, redmine/, 1],
    [RT.replace("https://rt", "ftp://rt"), /write https:\/\//, 2],
    [RT.replace("https://rt", "https://me:pw@rt"), /without a user name or password/, 2],
    [RT.replace("every: 1h", "every: soon"), /"soon" is no duration/, 10],
    [`${RT}timeZone: Amsterdam\n`, /"Amsterdam" is no time zone/, 11],
    [`${RT}requestPerMinute: 3\n`, /"requestsPerMinute" would be right/, 11],
    [
      RT.replace("tokenFile: rt-token\n", ""),
      /tokenFile is missing; a desk of kind rt needs it/,
      1,
    ],
    [`${RT}templates: { subject: "{titel}" }\n`, /\{titel\} is not known/, 11],
    [RT.replace("url: https://rt.example.com/", "url: [1"), /./, 3],
  ])("refuses %j with the place and what would be right", (text, message, line) => {
    const parsed = read(text);
    assert(!parsed.ok);
    expect(parsed.problems[0]?.message).toMatch(message);
    expect(parsed.problems[0]?.line).toBe(line);
  });

  it("refuses a name that could be no part of an address", () => {
    expect(read(RT, "Our RT").ok).toBe(false);
  });
});
