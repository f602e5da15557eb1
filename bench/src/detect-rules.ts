/** A machine with eight readings and two states; what the detection benches run. */
export const MACHINE = "bench-machine";
export const GAUGES = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `gauge_${name}`);

export const PRODUCT = `id: ${MACHINE}
title: Machine of the benches
version: 1
expectedPeriod: 15m
signals:
${GAUGES.map((name) => `  ${name}: { kind: gauge, title: ${name}, unit: Cel, period: 15m }`).join("\n")}
  state: { kind: state, title: State, values: [idle, busy, standby] }
  door_open: { kind: flag, title: Door }
events: {}
settings: {}
commands: {}
features: {}
`;

const ESCALATE = "playbook: [{ escalate: { next: Look at the bench. } }]";

const rule = (id: string, test: string, more = ""): string =>
  `  - { id: ${id}, kind: fault, ${test}, ${more}title: ${id}, why: A rule of the benches., disproof: None., ${ESCALATE} }`;

const [A, B] = GAUGES;

/** Twenty conditions as people write them: limits, two signals, a state beside a reading, holds and hysteresis. */
function conditions(): readonly string[] {
  return Array.from({ length: 20 }, (_, index) => {
    const gauge = GAUGES[index % GAUGES.length] ?? A;
    const other = GAUGES[(index + 3) % GAUGES.length] ?? B;
    const when = [
      `${gauge} > 95.0`,
      `${gauge} > 90.0 && state != 'idle'`,
      `${gauge} - ${other} > 80.0`,
      `door_open && ${gauge} < 5.0`,
    ][index % 4];
    const clear = index % 4 === 0 ? `clear: ${gauge} < 85.0, ` : "";
    return rule(`condition-${index}`, `when: "${when}"`, `${clear}for: 20m, keep: 1h, `);
  });
}

/** A baseline and a drift on every reading, and four conditions: twenty rules. */
function learners(): readonly string[] {
  const baselines = GAUGES.map((gauge, index) =>
    rule(`baseline-${index}`, `baseline: { signal: ${gauge}, learnFor: 7d }`),
  );
  const drifts = GAUGES.map((gauge, index) =>
    rule(
      `drift-${index}`,
      `drift: { signals: [${gauge}], learnFor: 2d, smooth: 4, memory: 96, limit: 5, inARow: 3 }`,
    ),
  );
  return [...baselines, ...drifts, ...conditions().slice(0, 4)];
}

const file = (rules: readonly string[]): string =>
  `product: ${MACHINE}\nrules:\n${rules.join("\n")}\n`;

export const CONDITION_RULES = file(conditions());
export const MIXED_RULES = file(learners());
