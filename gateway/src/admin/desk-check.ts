import { GatewayError } from "#domain/errors.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskCheck, DeskOutcome } from "#ports/desk.ts";
import { createDesk } from "../adapters/desk-worker/create-desk.ts";
import { readDesks } from "../desk-files.ts";
import type { AdminContext } from "./context.ts";
import { counted } from "./context.ts";

/** The desk that was named is not configured. */
export class NoSuchDeskError extends GatewayError {
  readonly code = "VZ_NO_SUCH_DESK";
}

const MARKS = { ok: "ok      ", missing: "MISSING ", doubtful: "doubtful" } as const;

/**
 * Asks the live desk for everything that the gateway needs, and writes nothing into it. Answers the exit
 * code: 0 all there, 1 something is missing or the desk does not answer.
 */
export async function deskCheckCommand(
  { folder, name, clock }: { folder: string; name: string; clock: Clock },
  { out }: AdminContext,
): Promise<number> {
  const desks = readDesks(folder);
  const found = desks.find(({ settings }) => settings.name === name);
  if (found === undefined) {
    const known = desks.map(({ settings }) => settings.name).join(", ");
    throw new NoSuchDeskError(
      `${folder} has no file ${name}.yaml; ${known === "" ? "it holds no desk at all" : `there are ${known}`}`,
    );
  }
  await out(`Desk ${name}: ${found.settings.kind} at ${found.settings.url}`);
  const outcome = await createDesk({ ...found, clock }).check();
  return outcome.kind === "done" ? report(outcome.value, out) : trouble(outcome, out);
}

async function report(check: DeskCheck, out: AdminContext["out"]): Promise<number> {
  await out(check.desk);
  for (const { state, what, next } of check.lines) {
    await out(`  ${MARKS[state]}  ${what}${next === "" ? "" : `\n            ${next}`}`);
  }
  const missing = check.lines.filter(({ state }) => state === "missing").length;
  await out(
    check.ok
      ? "Tickets can be made."
      : `Not ready: ${counted(missing, "thing")} missing, see above.`,
  );
  return check.ok ? 0 : 1;
}

type Trouble = Exclude<DeskOutcome<never>, { kind: "done" }>;

async function trouble(outcome: Trouble, out: AdminContext["out"]): Promise<number> {
  const todo =
    outcome.kind === "refused" && outcome.code === "denied"
      ? "Look at the token in tokenFile and at the rights of its user."
      : "Look at `url`, at the network between here and there, and whether the desk runs.";
  await out(`The desk could not be asked: ${outcome.reason}\n${todo}`);
  return 1;
}
