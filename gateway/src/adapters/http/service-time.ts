import type { EpochMs } from "#domain/units.ts";
import type { HttpContext } from "./context.ts";

/** Now, on the clock that cases and their targets live by: recorded data may be of any year. */
export async function serviceTime({
  api,
  clock,
}: Pick<HttpContext, "api" | "clock">): Promise<EpochMs> {
  const health = await api.health();
  return health.clock === "live" ? clock.now() : health.serviceTime;
}
