import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS } from "#domain/units.ts";
import { openAuth } from "../../../src/adapters/auth/auth.ts";
import { CODE_LIFE_MS, SESSION_IDLE_MS } from "../../../src/adapters/auth/sessions.ts";
import { HandClock } from "../../support/http-fakes.ts";
import { NOW } from "../../support/http-samples.ts";

describe("people, tokens and sessions", () => {
  let dir = "";
  let clock = new HandClock(NOW);
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "voorzorg-auth-"));
    clock = new HandClock(NOW);
  });
  afterEach(() => rm(dir, { recursive: true }));
  const open = (adminToken?: string) =>
    openAuth({ dir, clock, ...(adminToken !== undefined && { adminToken }) });

  it("the first start makes an admin token; later starts know it and make no other", async () => {
    const first = await open();
    expect(first.firstToken).toMatch(/^vz_[A-Za-z0-9_-]{43}$/);
    const second = await open();
    expect(second.firstToken).toBeUndefined();
    expect(second.auth.byToken(first.firstToken ?? "")).toMatchObject({
      name: "admin",
      role: "admin",
      via: "token",
    });
  });

  it("a given admin token works and is not written down", async () => {
    const { auth, firstToken } = await open("given-by-the-environment");
    expect(firstToken).toBeUndefined();
    expect(auth.byToken("given-by-the-environment")?.role).toBe("admin");
    expect(auth.byToken("given-by-the-environmenT")).toBeUndefined();
    expect(await readdir(dir)).toEqual([]);
    const identity = auth.byToken("given-by-the-environment");
    expect(identity && auth.stands(identity)).toBe(true);
  });

  it("a given admin token that is too short is refused with the reason", async () => {
    await expect(open("short")).rejects.toMatchObject({
      code: "VZ_ADMIN_TOKEN",
      message: expect.stringContaining("5 characters"),
    });
  });

  it("keeps no secret, and only the service may read the file", async () => {
    const { auth, firstToken } = await open();
    await auth.createUser({ name: "ann", role: "agent", password: "correct horse battery" });
    const { secret } = await auth.createToken({ name: "grafana", role: "viewer" });
    const path = join(dir, "auth.json");
    const text = await readFile(path, "utf8");
    for (const word of [firstToken ?? "?", secret, "correct horse"])
      expect(text).not.toContain(word);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(["auth.json"]);
  });

  it("signs a person in by password, however the characters were composed", async () => {
    const { auth } = await open();
    await auth.createUser({ name: "ann", role: "agent", password: "caf\u00e9 au lait" });
    const session = await auth.signIn("ann", "cafe\u0301 au lait");
    expect(session?.identity).toMatchObject({ name: "ann", role: "agent", via: "session" });
    expect(await auth.signIn("ann", "wrong")).toBeUndefined();
    expect(await auth.signIn("bob", "caf\u00e9 au lait")).toBeUndefined();
    expect(auth.bySession(session?.secret ?? "", "use")?.csrf).toBe(session?.identity.csrf);
    auth.signOut(session?.secret ?? "");
    expect(auth.bySession(session?.secret ?? "", "use")).toBeUndefined();
  });

  it("a session ends after 12 hours without use, not before, and use extends it", async () => {
    const { auth, signInLink } = await open();
    const session = auth.signInByCode(signInLink());
    const secret = session?.secret ?? "";
    for (let i = 0; i < 3; i++) {
      await clock.pass(SESSION_IDLE_MS - 1);
      expect(auth.bySession(secret, "use")?.role).toBe("admin");
    }
    await clock.pass(SESSION_IDLE_MS - 1);
    expect(auth.bySession(secret, "background")?.role).toBe("admin");
    await clock.pass(2);
    expect(session && auth.stands(session.identity)).toBe(false);
    expect(auth.bySession(secret, "use")).toBeUndefined();
    expect(SESSION_IDLE_MS).toBe(12 * HOUR_MS);
  });

  it("a sign-in link works once and not for ever", async () => {
    const { auth, signInLink } = await open();
    const code = signInLink();
    expect(auth.signInByCode("guess")).toBeUndefined();
    expect(auth.signInByCode(code)?.identity.role).toBe("admin");
    expect(auth.signInByCode(code)).toBeUndefined();
    const late = signInLink();
    await clock.pass(CODE_LIFE_MS + 1);
    expect(auth.signInByCode(late)).toBeUndefined();
  });

  it("removing a person ends their sessions; removing a token ends its streams", async () => {
    const { auth } = await open();
    await auth.createUser({ name: "ann", role: "agent", password: "correct horse battery" });
    const session = await auth.signIn("ann", "correct horse battery");
    expect(await auth.removeUser("ann")).toBe("removed");
    expect(auth.bySession(session?.secret ?? "", "use")).toBeUndefined();
    const { view, secret } = await auth.createToken({ name: "grafana", role: "viewer" });
    const identity = auth.byToken(secret);
    expect(await auth.removeToken(view.id)).toBe("removed");
    expect(identity && auth.stands(identity)).toBe(false);
    expect(await auth.removeToken(view.id)).toBe("unknown");
    expect(await auth.removeUser("ann")).toBe("unknown");
  });

  it("the last admin cannot be removed", async () => {
    const { auth } = await open();
    const [only] = auth.tokens();
    expect(await auth.removeToken(only?.id ?? "")).toBe("last_admin");
    await auth.createUser({ name: "eve", role: "admin", password: "correct horse battery" });
    expect(await auth.removeToken(only?.id ?? "")).toBe("removed");
    expect(await auth.removeUser("eve")).toBe("last_admin");
  });

  it("changes at the same time all count", async () => {
    const { auth } = await open();
    await Promise.all(
      ["a", "b", "c", "d"].map((name) => auth.createToken({ name, role: "viewer" })),
    );
    const twice = await Promise.all([
      auth.createUser({ name: "ann", role: "agent", password: "correct horse battery" }),
      auth.createUser({ name: "ann", role: "admin", password: "correct horse battery" }),
    ]);
    expect(twice.sort()).toEqual(["created", "exists"]);
    const again = await open();
    expect(again.auth.tokens()).toHaveLength(5);
    expect(again.auth.users()).toHaveLength(1);
  });

  it("a damaged file lets nobody in and says what is wrong", async () => {
    const path = join(dir, "auth.json");
    await writeFile(path, '{"version":1,"users":[{"name":"ann","role":"boss"}],"tokens":[]}');
    await expect(open()).rejects.toMatchObject({
      code: "VZ_AUTH_FILE",
      message: expect.stringContaining("role"),
    });
    await writeFile(path, "{");
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining(path) });
  });
});
