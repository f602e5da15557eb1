import type { CaseView } from "#domain/case/case.ts";
import type { CaseRequest } from "#domain/record.ts";
import { HOUR_MS } from "#domain/units.ts";
import { FleetRig } from "./fleet.ts";
import { START } from "./records.ts";

export const at = (hours: number): number => START + hours * HOUR_MS;
type WithoutCase<T> = T extends { readonly caseId: string } ? Omit<T, "caseId"> : never;

/** One kettle that broke at hour 0. */
export class Broken extends FleetRig {
  readonly id: string;

  constructor() {
    super(1);
    this.breaks("k0", at(0));
    this.id = this.case("k0").id;
  }

  asksOfCase(action: WithoutCase<CaseRequest>, hours: number): void {
    this.asks({ ...action, caseId: this.id } as CaseRequest, at(hours));
  }

  /** It is heard of, without any news of its trouble. */
  beeps(hours: number): void {
    this.play(this.fleet.event("k0", "beeped", at(hours)));
  }

  get first(): CaseView {
    const found = this.cases.find(({ id }) => id === this.id);
    if (found === undefined) throw new Error("the case is gone");
    return found;
  }

  get broken(): readonly CaseView[] {
    return this.cases.filter(({ rule }) => rule === "broken");
  }
}
