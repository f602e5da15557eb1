import { liftClosing, personClosed, QUIET_MS } from "#domain/case/closing.ts";
import { patchCase, resolveCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CaseRequest } from "#domain/record.ts";
import { answeredByAgent } from "#domain/service/case-clocks.ts";

type Judgement = Extract<CaseRequest, { name: "verdict" }>;

/**
 * What an agent says of the finding. `confirmed` and `deferred` leave an open case open; the others
 * close it, and nothing new opens for the key while the episode lasts.
 */
export function judgeCase(world: World, state: CaseState, action: Judgement, by: string): void {
  const { verdict, comment } = action;
  state.touched = true;
  answeredByAgent(world, state);
  patchCase(world, state, { verdict });
  world.likeness?.caseChanged(state);
  world.say(state.view, "verdict", `${verdict}. ${comment}`.trim(), by);
  world.count("verdicts_total", { verdict });
  switch (verdict) {
    case "confirmed":
      takenBack(world, state, by);
      return;
    case "deferred": {
      takenBack(world, state, by);
      if (state.view.status === "resolved") return;
      const until = comment === "" ? "" : `: ${comment}`;
      patchCase(world, state, { nextStep: `Put off by ${by}${until}. Decide when it is due.` });
      return;
    }
    case "false_alarm":
      close(world, state, { by, resolution: "false_alarm", said: "Judged a false alarm." });
      personClosed(world, state, by, { kind: "leave", quiet: QUIET_MS });
      return;
    case "sensor_fault": {
      // The finding was wrong; the sensor goes on to say so until somebody changes it.
      const said = "Judged a fault of the sensor: what it showed is not so.";
      close(world, state, { by, resolution: "false_alarm", said });
      const rule = world.ruleOf(world.deviceOf(state), state.view.rule)?.rule;
      personClosed(world, state, by, { kind: "leave", quiet: rule?.reopenWithin ?? QUIET_MS });
      return;
    }
    case "duplicate":
      close(world, state, { by, resolution: "by_agent", said: "Judged a duplicate of another." });
      personClosed(world, state, by, { kind: "leave", quiet: QUIET_MS });
      return;
  }
}

function close(
  world: World,
  state: CaseState,
  {
    by,
    resolution,
    said,
  }: {
    readonly by: string;
    readonly resolution: "false_alarm" | "by_agent";
    readonly said: string;
  },
): void {
  if (state.view.status !== "resolved") resolveCase(world, state, { resolution, reason: said, by });
}

/** It is true after all: what was closed as none counts as closed with the work done. */
function takenBack(world: World, state: CaseState, by: string): void {
  const { status, suppressed, resolution } = state.view;
  if (status !== "resolved" || suppressed !== true || resolution === "wont_fix") return;
  liftClosing(world, state);
  personClosed(world, state, by, { kind: "done" });
}
