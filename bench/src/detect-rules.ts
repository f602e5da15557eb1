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

/** Conditions as people write them: limits, two signals, a state beside a reading, holds and hysteresis. */
function conditions(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
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

const baseline = (gauge: string, index: number): string =>
  rule(`baseline-${index}`, `baseline: { signal: ${gauge}, learnFor: 7d }`);

const drift = (gauge: string, index: number): string =>
  rule(
    `drift-${index}`,
    `drift: { signals: [${gauge}], learnFor: 2d, smooth: 4, memory: 96, limit: 5, inARow: 3 }`,
  );

/** A baseline and a drift on every reading, and four conditions: twenty rules. */
const learners = (): readonly string[] => [
  ...GAUGES.map(baseline),
  ...GAUGES.map(drift),
  ...conditions(4),
];

/** Most rules of a real product are conditions; three readings are learned, three watched for drift. */
const typical = (): readonly string[] => [
  ...GAUGES.slice(0, 3).map(baseline),
  ...GAUGES.slice(3, 6).map(drift),
  ...conditions(14),
];

const file = (rules: readonly string[]): string =>
  `product: ${MACHINE}\nrules:\n${rules.join("\n")}\n`;

export const conditionRules = (count: number): string => file(conditions(count));
export const CONDITION_RULES = conditionRules(20);
export const LEARNING_RULES = file(learners());
export const TYPICAL_RULES = file(typical());
