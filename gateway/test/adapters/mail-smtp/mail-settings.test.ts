import { describe, expect, it } from "vitest";
import { parseSender, parseSmtpUrl } from "../../../src/adapters/mail-smtp/mail-settings.ts";
import { createSmtpMailer } from "../../../src/adapters/mail-smtp/smtp-mailer.ts";
import { ManualClock } from "../../support/manual-clock.ts";

describe("the URL of a mail server", () => {
  it.each([
    ["smtps://mail.example.com", { port: 465, tls: "implicit", user: "" }],
    [
      "smtp://ann%40example.com@mail.example.com",
      { port: 587, tls: "required", user: "ann@example.com" },
    ],
    ["smtp://127.0.0.1:25", { port: 25, tls: "offered", host: "127.0.0.1" }],
    ["smtp://[::1]:25/", { port: 25, tls: "offered", host: "::1" }],
    ["smtp://127.0.0.2:25", { tls: "required" }],
  ])("%s is read with its TLS rule", (url, server) => {
    expect(parseSmtpUrl(url)).toMatchObject(server);
  });

  it.each([
    "mail.example.com:587",
    "https://mail.example.com",
    "smtp://",
    "smtp://ann:hunter2@mail.example.com",
    "smtps://mail.example.com/path",
    "smtps://mail.example.com?pool=true",
  ])("%s is refused without repeating it", (url) => {
    const read = () => parseSmtpUrl(url);
    expect(read).toThrow(expect.objectContaining({ code: "VZ_MAIL_CONFIG" }));
    expect(read).not.toThrow(/hunter2/);
  });
});

describe("the sender", () => {
  it("is a name with an address or the address alone", () => {
    const address = "box@mail.example.com";
    const domain = "mail.example.com";
    expect(parseSender(`Voorzorg, service <${address}>`)).toEqual({
      name: "Voorzorg, service",
      address,
      domain,
    });
    expect(parseSender(` ${address} `)).toEqual({ name: "", address, domain });
  });

  it.each(["", "voorzorg", "a@b@c", "x <y>", "a@example.com\r\nBcc: b@example.com"])(
    "%j is refused",
    (text) => {
      expect(() => parseSender(text)).toThrow(/is no address/);
    },
  );
});

describe("user and password", () => {
  const mailer = (url: string, password?: string) => () =>
    createSmtpMailer({ url, password, from: "a@example.com", clock: new ManualClock(0) });

  it("belong together", () => {
    expect(mailer("smtps://ann@mail.example.com")).toThrow(/there is no password/);
    expect(mailer("smtps://mail.example.com", "x")).toThrow(/names no user/);
    expect(mailer("smtps://ann@mail.example.com", "x")).not.toThrow();
  });
});
