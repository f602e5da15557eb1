import type { SignalValues } from "@voorzorg/firmware-contracts";
import type {
  Appliance,
  ApplianceEvent,
  EndedTrouble,
  LaterAnswer,
} from "../../src/models/appliance.ts";
import type { ProductId } from "../../src/models/make-appliance.ts";
import { makeAppliance } from "../../src/models/make-appliance.ts";
import { Random } from "../../src/random.ts";

const MINUTE_MS = 60_000;

/** One appliance on a bench: time is moved by hand, the weather is chosen. */
export class Lab {
  readonly appliance: Appliance;
  readonly events: ApplianceEvent[] = [];
  readonly ended: EndedTrouble[] = [];
  readonly answers: LaterAnswer[] = [];
  nowMs: number;
  outdoorC = 2;

  constructor(
    product: ProductId,
    how: {
      readonly seed?: number;
      readonly followsAdvice?: number;
      readonly heedsFromAdvice?: number;
      readonly appetite?: number;
    } = {},
  ) {
    const { seed = 1, followsAdvice = 1, appetite = 1, heedsFromAdvice = 1 } = how;
    const owner = { followsAdvice, appetite, heedsFromAdvice };
    this.appliance = makeAppliance(product, new Random(seed), owner);
    // A Monday, six in the morning.
    this.nowMs = Date.UTC(2026, 2, 2, 6);
  }

  live(minutes: number): this {
    for (let i = 0; i < minutes; i += 1) {
      this.nowMs += MINUTE_MS;
      this.appliance.step(MINUTE_MS, { nowMs: this.nowMs, outdoorC: this.outdoorC });
      this.events.push(...this.appliance.takeEvents());
      this.ended.push(...this.appliance.takeEnded());
      this.answers.push(...this.appliance.takeAnswers());
    }
    return this;
  }

  begin(trouble: string): this {
    this.appliance.begin(trouble, this.nowMs);
    return this;
  }

  number(signal: string): number {
    const value = this.readings()[signal];
    if (typeof value !== "number") throw new Error(`${signal} is ${value}, not a number`);
    return value;
  }

  readings(): SignalValues {
    return this.appliance.readings();
  }

  codes(): readonly string[] {
    return this.events.map(({ code }) => code);
  }
}
