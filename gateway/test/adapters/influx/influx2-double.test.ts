import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Influx2Server } from "../../support/influx2-server.ts";
import { LineProtocolError, parseLineProtocol } from "../../support/line-protocol-parser.ts";

let server: Influx2Server;
beforeAll(async () => {
  server = await Influx2Server.start({ maxBodySize: 1_000 });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function write({ query = {}, headers = {}, body = "m,device=d a=1 1" }: Sent) {
  const all = { org: server.org, bucket: server.bucket, precision: "ms", ...query };
  const response = await fetch(`${server.url}/api/v2/write?${new URLSearchParams(all)}`, {
    method: "POST",
    headers: { authorization: `Token ${server.token}`, ...headers },
    body,
  });
  const text = await response.text();
  const { code = "", message = "" } =
    text === "" ? {} : (JSON.parse(text) as { code?: string; message?: string });
  return { status: response.status, code, message };
}

describe("the double of InfluxDB 2 is as strict as the server", () => {
  it.each<[string, Sent, number, string, string]>([
    ["no token", { headers: { authorization: "" } }, 401, "unauthorized", "unauthorized access"],
    ["a bearer", { headers: { authorization: "Bearer x" } }, 401, "unauthorized", "unauthorized"],
    ["another unit of time", { query: { precision: "n" } }, 400, "invalid", "invalid precision"],
    ["another organisation", { query: { org: "x" } }, 404, "not found", "organization name"],
    ["another bucket", { query: { bucket: "x" } }, 404, "not found", 'bucket "x" not found'],
    [
      "a packed body that is none",
      { headers: { "content-encoding": "gzip" } },
      400,
      "invalid",
      "invalid header",
    ],
    ["nothing", { body: "" }, 400, "invalid", "writing requires points"],
    ["too much", { body: `m a="${"x".repeat(1_000)}" 1` }, 413, "request too large", "too large"],
    ["half a line", { body: "m,device=d a" }, 400, "invalid", "unable to parse 'm,device=d a':"],
    ["an impossible time", { body: "m a=1 9223372036855" }, 400, "invalid", "time outside range"],
  ])("and refuses %s", async (_title, sent, status, code, words) => {
    const answer = await write(sent);
    expect(answer).toMatchObject({ status, code });
    expect(answer.message).toContain(words);
  });

  it("stores nothing of a request with a malformed line, and the rest beside a conflict", async () => {
    expect(await write({ body: "c a=1 1\nc a=" })).toMatchObject({ status: 400 });
    expect(server.points.select(/^c$/, { key: "device", value: "d" })).toEqual([]);
    expect(await write({ body: "c,device=d a=1 1" })).toMatchObject({ status: 204 });
    const conflict = await write({ body: 'c,device=d a="x",b=1 2\nc,device=d a=3 3' });
    expect(conflict).toEqual({
      status: 422,
      code: "unprocessable entity",
      message:
        'failure writing points to database: partial write: field type conflict: input field "a" on measurement "c" is type string, already exists as type float dropped=1',
    });
    const [stored] = server.points.select(/^c$/, { key: "device", value: "d" });
    expect(stored?.rows.map((row) => row.at)).toEqual([1, 3]);
  });

  it("takes packed bodies and the other units of time", async () => {
    const headers = { "content-encoding": "gzip" };
    const body = new Uint8Array(gzipSync("g,device=d a=1 5"));
    expect(await write({ headers, body, query: { precision: "s" } })).toMatchObject({
      status: 204,
    });
    const [stored] = server.points.select(/^g$/, { key: "device", value: "d" });
    expect(stored?.rows.map((row) => row.at)).toEqual([5_000]);
  });

  it.each([
    "SELECT * FROM /m/",
    'SELECT "a" FROM "m" WHERE "device" = \'d\' AND time >= 1ms AND time < 2ms',
    'SELECT max("a") FROM /m/ WHERE "device" = \'d\' AND time >= 1ms AND time < 2ms',
    'SELECT "a" FROM /m/ WHERE "device" = \'d\' AND time >= 1ms AND time < 2ms; DROP DATABASE x',
    'SELECT "a" FROM /m/ WHERE "device" = \'d\'\' AND time >= 1ms AND time < 2ms',
  ])("and knows no other queries than ours: %s", async (q) => {
    const response = await fetch(`${server.url}/query?db=${server.bucket}&epoch=ms`, {
      method: "POST",
      headers: { authorization: `Token ${server.token}` },
      body: new URLSearchParams({ q }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("error", expect.stringContaining("error parsing"));
  });
});

describe("the strict reader of line protocol", () => {
  it.each([
    ["m a=1", undefined],
    ["# a comment\n\nm a=1 5\n", 5n],
    ['m,b=2,c=3 a=1i,t=true,s="a,b c" -5', -5n],
  ])("reads %j", (text, time) => {
    const [point] = parseLineProtocol(text);
    expect(point?.measurement).toBe("m");
    expect(point?.time).toBe(time);
  });

  it.each([
    ["no measurement", " a=1 1", "missing measurement"],
    ["a tag without value", "m,b= a=1 1", "missing tag value"],
    ["a tag without name", "m,=b a=1 1", "missing tag key"],
    ["a tag twice", "m,b=1,b=2 a=1 1", "duplicate tags"],
    ["tags out of order", "m,c=1,b=2 a=1 1", "tags are not sorted"],
    ["no fields", "m,b=1", "missing fields"],
    ["a field twice", "m a=1,a=2 1", "field a twice"],
    ["no number", "m a=NaN 1", "invalid boolean"],
    ["an open text", 'm a="x 1', "unbalanced quotes"],
    ["a time of another kind", "m a=1 1.5", "bad timestamp"],
    ["something behind the time", "m a=1 1 1", "something follows"],
    ["a line end in a name", "m,b=x\ny a=1 1", "a line end in a name"],
  ])("refuses %s", (_title, text, reason) => {
    expect(() => parseLineProtocol(text)).toThrow(LineProtocolError);
    expect(() => parseLineProtocol(text)).toThrow(reason);
  });
});
