import type { Action } from "#domain/record.ts";
import type { HttpContext, Request } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";

/** Who does it, for the timeline. Routes that act are guarded, so somebody is known. */
export function actor(request: Request): string {
  if (request.identity === null) throw new RequestRefusedError(401, "Sign in first.");
  return request.identity.name;
}

/** Answers the id of what was acted on; a refusal becomes a problem document. */
export async function act(
  context: Pick<HttpContext, "api">,
  request: Request,
  action: Action,
): Promise<string> {
  const answer = await context.api.act(action, actor(request), idempotencyKey(request));
  if (!answer.ok) throw new RequestRefusedError(answer.status, answer.reason);
  return answer.id;
}

/** Sent again with the same key, an action is done once. */
function idempotencyKey(request: Request): string | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new RequestRefusedError(400, "Not valid: Idempotency-Key.", [
    {
      field: "headers.idempotency-key",
      value: key,
      expected: "1 to 200 printable ASCII characters without blanks, new for each action",
    },
  ]);
}
