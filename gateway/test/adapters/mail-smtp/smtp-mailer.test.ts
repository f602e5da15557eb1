import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Mail } from "#ports/mailer.ts";
import { createSmtpMailer } from "../../../src/adapters/mail-smtp/smtp-mailer.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { MailServerOptions } from "../../support/mail-server.ts";
import { addressesOf, MailServer } from "../../support/mail-server.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";
import { TEST_TLS } from "../mqtt/tls-fixture.ts";

const mail: Mail = {
  id: "notice-n-1",
  to: ["ann@example.com", "bob@example.com"],
  subject: "First response is due: Überhitzung ☕",
  text: "The boiler runs too hot.\n.\nA line that begins with a dot is text.",
  html: "<!doctype html><p>The boiler runs too hot.</p>",
};

const mailerTo = (server: MailServer, over: { scheme?: string; clock?: Clock } = {}) =>
  createSmtpMailer({
    url: `${over.scheme ?? "smtp"}://${server.address}`,
    from: "Voorzorg <voorzorg@gateway.example>",
    clock: over.clock ?? new SystemClock(),
  });

async function outcomeOf(options: MailServerOptions) {
  await using server = await MailServer.start(options);
  const sent = await mailerTo(server).send(mail);
  return { ...sent, taken: server.received.length };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled();
}

const refusing = (code: number) => (_: unknown, __: unknown, done: (error: Error) => void) =>
  done(Object.assign(new Error("no for ann@example.com"), { responseCode: code }));

describe.concurrent("a mail that the server takes", () => {
  it("arrives whole, marked as written by a machine, under an id that the notice decides", async () => {
    await using server = await MailServer.start();
    const mailer = mailerTo(server);
    expect(await mailer.send(mail)).toMatchObject({ outcome: "done", rejected: 0 });
    await mailer.send(mail);
    const [first, again] = server.received;
    expect(first?.mail).toMatchObject({
      messageId: "<notice-n-1@gateway.example>",
      subject: mail.subject,
      html: expect.stringContaining("too hot"),
    });
    expect(first?.mail.text?.trim()).toBe(mail.text);
    expect(addressesOf(first?.mail.to)).toEqual(mail.to);
    expect(addressesOf(first?.mail.from)).toEqual(["voorzorg@gateway.example"]);
    expect(first?.mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(first?.recipients).toEqual(mail.to);
    expect(again?.mail.messageId).toBe(first?.mail.messageId);
  });

  it("cannot be given headers or recipients by what a device or a person wrote", async () => {
    await using server = await MailServer.start();
    const subject = "hot\r\nBcc: eve@example.com\r\n\r\n<script>";
    await mailerTo(server).send({ ...mail, id: "x\r\nBcc: e", subject });
    const [got] = server.received;
    expect(got?.recipients).toEqual(mail.to);
    expect(got?.raw).not.toMatch(/^Bcc:/im);
    expect(got?.mail.messageId).toBe("<x--Bcc--e@gateway.example>");
  });

  it("says how many of its addresses were not taken, and not which", async () => {
    const { outcome, rejected, detail } = await outcomeOf({
      onRcptTo: ({ address }, session, done) =>
        address.startsWith("bob") ? refusing(550)(address, session, done) : done(),
    });
    expect({ outcome, rejected }).toEqual({ outcome: "done", rejected: 1 });
    expect(detail).not.toContain("bob");
  });

  it("goes out alone: the next one waits, also behind one that failed", async () => {
    let open = 0;
    let most = 0;
    await using server = await MailServer.start({
      onConnect: (_, done) => {
        open += 1;
        most = Math.max(most, open);
        done();
      },
      onClose: () => {
        open -= 1;
      },
      afterData: (attempt) => (attempt === 1 ? { code: 550, text: "no" } : undefined),
    });
    const mailer = mailerTo(server);
    const sent = await Promise.all([1, 2, 3].map((n) => mailer.send({ ...mail, id: `m-${n}` })));
    expect(sent.map(({ outcome }) => outcome)).toEqual(["refused", "done", "done"]);
    expect(server.received.map((one) => one.mail.messageId)).toEqual([
      "<m-2@gateway.example>",
      "<m-3@gateway.example>",
    ]);
    expect(most).toBe(1);
  });
});

describe.concurrent("a mail that the server does not take", () => {
  it.each([
    ["greylisted at the recipient", { onRcptTo: refusing(450) }, "later"],
    [
      "too much for now, after all of it",
      { afterData: () => ({ code: 452, text: "full" }) },
      "later",
    ],
    ["an unknown recipient", { onRcptTo: refusing(550) }, "refused"],
    ["a sender that it will not have", { onMailFrom: refusing(553) }, "refused"],
    [
      "content that it will not have",
      { afterData: () => ({ code: 554, text: "spam" }) },
      "refused",
    ],
    ["a busy server", { onConnect: (_, done) => done(new Error("421 busy")) }, "later"],
  ] as const satisfies readonly (readonly [string, MailServerOptions, string])[])(
    "for %s",
    async (_, options, outcome) => {
      const sent = await outcomeOf(options);
      expect(sent).toMatchObject({ outcome, taken: 0 });
      expect(sent.detail).not.toContain("ann@");
    },
  );

  it("because it was cut off after the last byte may have arrived all the same", async () => {
    expect(await outcomeOf({ afterData: () => "cut" })).toMatchObject({ outcome: "unknown" });
  });

  it("because no answer came to its end in time may have arrived all the same", async () => {
    await using server = await MailServer.start({ afterData: () => "silent" });
    const clock = new ManualClock(0);
    const sending = mailerTo(server, { clock }).send(mail);
    await until(() => server.attempts > 0);
    await clock.advance(2 * MINUTE_MS);
    const detail = expect.stringContaining("no answer within 120 s");
    expect(await sending).toMatchObject({ outcome: "unknown", detail });
  });

  it("because the server says nothing from the start was not sent", async () => {
    let connected = false;
    await using server = await MailServer.start({
      onConnect: () => {
        connected = true;
      },
    });
    const clock = new ManualClock(0);
    const sending = mailerTo(server, { clock }).send(mail);
    await until(() => connected);
    await clock.advance(2 * MINUTE_MS);
    expect(await sending).toMatchObject({ outcome: "later" });
  });

  it("because nobody listens was not sent", async () => {
    const server = await MailServer.start();
    const mailer = mailerTo(server);
    await server[Symbol.asyncDispose]();
    expect(await mailer.send(mail)).toMatchObject({ outcome: "later" });
  });

  it("because the gateway stops is given up at once", async () => {
    await using server = await MailServer.start({ afterData: () => "silent" });
    const stop = new AbortController();
    const sending = mailerTo(server).send(mail, stop.signal);
    await until(() => server.attempts > 0);
    stop.abort(new Error("the gateway stops"));
    expect(await sending).toMatchObject({ outcome: "unknown" });
  });
});

describe.concurrent("TLS and sign-in", () => {
  const tls = { key: TEST_TLS.key, cert: TEST_TLS.cert };

  it("uses STARTTLS on this machine when it is offered", async () => {
    await using server = await MailServer.start({ ...tls, hideSTARTTLS: false });
    await mailerTo(server).send(mail);
    expect(server.received[0]?.secure).toBe(true);
  });

  it("sends nothing to another machine without TLS, and nothing under another name's certificate", async () => {
    const host = "127.0.0.2";
    await using plain = await MailServer.start({ host });
    await using other = await MailServer.start({ host, ...tls, hideSTARTTLS: false });
    await using implicit = await MailServer.start({ host, ...tls, secure: true });
    const sent = await Promise.all([
      mailerTo(plain).send(mail),
      mailerTo(other).send(mail),
      mailerTo(implicit, { scheme: "smtps" }).send(mail),
    ]);
    expect(sent.map(({ outcome }) => outcome)).toEqual(["later", "later", "later"]);
    expect([plain, other, implicit].flatMap(({ received }) => received)).toEqual([]);
  });

  it("signs in with the password of the file, and a wrong one is not told to the log", async () => {
    await using server = await MailServer.start({
      ...tls,
      hideSTARTTLS: false,
      authOptional: false,
      onAuth: ({ username, password }, _, done) =>
        password === "right-secret"
          ? done(null, { user: username ?? "" })
          : done(Object.assign(new Error(`bad ${password}`), { responseCode: 535 })),
    });
    const mailer = (password: string) =>
      createSmtpMailer({
        url: `smtp://ann%40example.com@${server.address}`,
        password,
        from: "voorzorg@gateway.example",
        clock: new SystemClock(),
      });
    expect(await mailer("right-secret").send(mail)).toMatchObject({ outcome: "done" });
    expect(server.received[0]).toMatchObject({ user: "ann@example.com" });
    const wrong = await mailer("wrong-secret").send(mail);
    expect(wrong.outcome).toBe("later");
    expect(wrong.detail).not.toContain("wrong-secret");
  });
});

describe("tries", () => {
  it("come less and less often, and then every hour", async () => {
    await using server = await MailServer.start();
    const { retryDelayMs } = mailerTo(server);
    expect([0, 1, 2, 3, 4, 5, 99].map((n) => retryDelayMs(n) / 60_000)).toEqual([
      1, 1, 5, 15, 30, 60, 60,
    ]);
  });
});
