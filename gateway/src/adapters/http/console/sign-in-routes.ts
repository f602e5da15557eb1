import type { Session } from "#ports/auth.ts";
import type { App, HttpContext, Reply, Request } from "../context.ts";
import { checkOrigin, cookieName } from "../guard.ts";
import { formOf, textOf } from "./forms.ts";
import { html } from "./html.ts";
import { csrfField, page } from "./layout.ts";
import { sendPage } from "./send-page.ts";

/** Per address and minute; people mistype, programs guess. */
const ATTEMPTS = { max: 10, timeWindow: "1 minute" } as const;

export function signInRoutes(app: App, context: HttpContext): void {
  const { auth, metrics, log } = context;
  const open = { access: "public", page: true } as const;

  const enter = (session: Session, reply: Reply, next: string) => {
    metrics.count("sign_ins_total", { outcome: "ok" });
    const { name, role } = session.identity;
    log.info({ by: name, role, ip: reply.request.ip }, "signed in");
    reply.setCookie(cookieName(context.secure), session.secret, {
      path: "/",
      httpOnly: true,
      sameSite: "strict",
      secure: context.secure,
    });
    return reply.redirect(next, 303);
  };
  const refuse = (reply: Reply, message: string, next: string) => {
    metrics.count("sign_ins_total", { outcome: "refused" });
    log.warn({ ip: reply.request.ip }, "A sign-in was refused");
    return sendPage(reply.status(401), signInPage({ message, next }));
  };

  app.get<{ Querystring: { code?: string; next?: string } }>(
    "/sign-in",
    { config: { ...open, rateLimit: { ...ATTEMPTS, max: 30 } }, schema: { hide: true } },
    async (request, reply) => {
      const { code } = request.query;
      const next = ownPath(request.query.next);
      if (typeof code !== "string") {
        if (request.identity !== null) return reply.redirect(next, 303);
        return sendPage(reply, signInPage({ message: "", next }));
      }
      const session = auth.signInByCode(code);
      if (session !== undefined) return enter(session, reply, "/");
      return refuse(
        reply,
        "This link was used already or is too old. Sign in by name, or restart the gateway for a new link.",
        next,
      );
    },
  );

  app.post(
    "/sign-in",
    { config: { ...open, rateLimit: ATTEMPTS }, schema: { hide: true } },
    async (request, reply) => {
      checkOrigin(request);
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const next = ownPath(form.get("next"));
      const session = await auth.signIn(
        textOf(form, "name", 64),
        (form.get("password") ?? "").slice(0, 256),
      );
      if (session !== undefined) return enter(session, reply, next);
      return refuse(reply, "Name or password is wrong.", next);
    },
  );
}

export function accountRoutes(app: App, { auth, secure }: HttpContext): void {
  app.post(
    "/sign-out",
    { config: { access: "viewer", page: true }, schema: { hide: true } },
    async (request, reply) => {
      formOf(request);
      const name = cookieName(secure);
      const secret = request.cookies[name];
      if (secret !== undefined) auth.signOut(secret);
      reply.clearCookie(name, { path: "/", secure: secure });
      return reply.redirect("/sign-in", 303);
    },
  );

  app.get(
    "/account",
    { config: { access: "viewer", page: true }, schema: { hide: true } },
    async (request, reply) => sendPage(reply, accountPage(request)),
  );
}

/** Only paths of this console: `//host` and `/\host` would lead elsewhere. */
const ownPath = (path: unknown): string =>
  typeof path === "string" && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(path) ? path : "/";

const signInPage = ({ message, next }: { readonly message: string; readonly next: string }) =>
  page({
    title: "Sign in",
    identity: null,
    body: html`<div class="narrow card">
<h1>Sign in</h1>
${message !== "" && html`<p class="notice bad" role="alert">${message}</p>`}
<form method="post" action="/sign-in" class="stack">
<input type="hidden" name="next" value="${next}">
<label>Name <input name="name" autocomplete="username" required maxlength="64" autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="256"></label>
<button class="primary">Sign in</button>
</form>
<p class="faint">At the first start the gateway prints a sign-in link. Ask an admin for a name and password.</p>
</div>`,
  });

const MEANING = {
  viewer: "may look at everything",
  agent: "may work on cases",
  engineer: "may work on cases, register devices and send commands",
  admin: "may do everything, also manage people and tokens",
} as const;

function accountPage({ identity }: Request): string {
  return page({
    title: "Account",
    identity,
    current: "/account",
    body:
      identity === null
        ? html``
        : html`<div class="narrow card">
<h1>${identity.name}</h1>
<p>Role: <strong>${identity.role}</strong>, ${MEANING[identity.role]}.</p>
<p class="faint">You are signed out after 12 hours without use, and when the gateway restarts.</p>
<form method="post" action="/sign-out">${csrfField(identity)}<button>Sign out</button></form>
</div>`,
  });
}
