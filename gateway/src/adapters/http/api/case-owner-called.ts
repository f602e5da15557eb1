import type { OwnerCalledRequest } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import type { HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { serviceTime } from "../service-time.ts";

/** The owner of the case's device got in touch: now, unless it is said when. */
export async function ownerCalled(
  context: HttpContext,
  caseId: string,
  given: { readonly calledAt?: EpochMs | undefined; readonly source: string },
): Promise<OwnerCalledRequest> {
  const found = await context.cases.case(caseId);
  if (found === undefined) {
    throw new RequestRefusedError(404, `There is no case ${JSON.stringify(caseId)}.`);
  }
  const now = await serviceTime(context);
  const calledAt = given.calledAt ?? now;
  if (calledAt > now) {
    throw new RequestRefusedError(400, "Not valid: body.calledAt.", [
      { field: "body.calledAt", value: calledAt, expected: "a time that has passed" },
    ]);
  }
  return { name: "owner_called", device: found.device, calledAt, source: given.source };
}
