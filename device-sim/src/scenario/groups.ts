import type { Expectation, ExpectationKind } from "./expectations.ts";
import { kindOf } from "./expectations.ts";
import type { GivenDevice, Scenario } from "./scenario.ts";
import type { AgentStep, Happening } from "./steps.ts";

type Members = (name: string) => readonly string[];

/** A scenario in which each device stands for itself: what names a group is said of each of its devices. */
export function spreadGroups(scenario: Scenario): Scenario {
  const groups = new Map(
    scenario.given.devices.flatMap(({ id, count }) =>
      count === undefined ? [] : [[id, namesOf(id, count)] as const],
    ),
  );
  if (groups.size === 0) return scenario;
  const members: Members = (name) => groups.get(name) ?? [name];
  const devices = scenario.given.devices.flatMap((device): readonly GivenDevice[] =>
    members(device.id).map((id) => ({ ...device, id })),
  );
  return {
    ...scenario,
    given: { ...scenario.given, devices },
    when: scenario.when.flatMap((step) => spreadHappening(step, members)),
    network: scenario.network.flatMap((step) =>
      members(step.device).map((device) => ({ ...step, device })),
    ),
    agents: scenario.agents.flatMap((step) => spreadAgentStep(step, members)),
    expect: scenario.expect.flatMap((item) => spreadExpectation(item, members)),
  };
}

const namesOf = (id: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${id}-${index + 1}`);

function spreadHappening(step: Happening, members: Members): readonly Happening[] {
  const names = members(step.device);
  const { spread = 0 } = step;
  return names.map((device, index) => ({
    ...step,
    device,
    at: step.at + Math.round((spread * index) / Math.max(1, names.length - 1)),
  }));
}

function spreadAgentStep(step: AgentStep, members: Members): readonly AgentStep[] {
  if ("case" in step) {
    const ref = step.case;
    return members(ref.device).map((device) => ({ ...step, case: { ...ref, device } }));
  }
  return "device" in step ? members(step.device).map((device) => ({ ...step, device })) : [step];
}

function spreadExpectation(item: Expectation, members: Members): readonly Expectation[] {
  const kind: ExpectationKind = kindOf(item);
  const wanted = item[kind];
  if (wanted === undefined) return [item];
  if ("device" in wanted) {
    return members(wanted.device).map((device) => ({ [kind]: { ...wanted, device } }));
  }
  const ref = "case" in wanted ? wanted.case : undefined;
  if (ref === undefined) return [item];
  return members(ref.device).map((device) => ({ [kind]: { ...wanted, case: { ...ref, device } } }));
}
