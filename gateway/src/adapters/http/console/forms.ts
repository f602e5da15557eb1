import type { App, Request } from "../context.ts";
import { checkCsrf, checkOrigin } from "../guard.ts";
import { RequestRefusedError } from "../problem.ts";

/** Plain HTML forms work without scripts; only the console's own routes take them. */
export function takeForms(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: 16 * 1024 },
    async (_request: Request, body: string | Buffer) => new URLSearchParams(body.toString()),
  );
}

/** The fields of a form that came from one of our pages and this session. */
export function formOf(request: Request): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  checkOrigin(request);
  checkCsrf(request.identity, form.get("_csrf"));
  return form;
}

export function textOf(form: URLSearchParams, field: string, max: number): string {
  const text = (form.get(field) ?? "").trim();
  if (text.length <= max) return text;
  throw new RequestRefusedError(400, `Not valid: ${field}.`, [
    { field, value: text.length, expected: `at most ${max} characters` },
  ]);
}
