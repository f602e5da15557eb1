import type { CaseEventKind, CaseView } from "#domain/case/case.ts";
import type {
  ActionAnswer,
  AlertTransition,
  Count,
  Effects,
  OutboxEntry,
  QuarantineEntry,
} from "#domain/effects.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

type EventLine = Effects["events"][number];

/** The effects that a record has so far, in order. */
export class Outcome {
  /** Service clock of the decision under way: the record's, or a timer's own deadline. */
  now: EpochMs = 0;
  protected offset: Offset = 0;
  #n = 0;
  #events: EventLine[] = [];
  #outbox: OutboxEntry[] = [];
  #cancelled: string[] = [];
  #quarantine: QuarantineEntry[] = [];
  #counts: Count[] = [];
  #answer: ActionAnswer | undefined;
  /** undefined = nobody wants to know. */
  #alerts: AlertTransition[] | undefined;
  /** The case at each of the events; undefined = nobody wants to know. */
  #cases: (CaseView | undefined)[] | undefined;

  begin(offset: Offset): void {
    this.offset = offset;
    this.#n = 0;
  }

  /** Hands over what the record did; undefined = nothing at all. */
  end(): Effects | undefined {
    const events = this.#events;
    const outbox = this.#outbox;
    const cancelled = this.#cancelled;
    const quarantine = this.#quarantine;
    const counts = this.#counts;
    const answer = this.#answer;
    const nothing =
      events.length + outbox.length + cancelled.length + quarantine.length + counts.length === 0;
    const alerts = this.#alerts ?? [];
    if (nothing && answer === undefined && alerts.length === 0) return undefined;
    this.#events = [];
    this.#outbox = [];
    this.#cancelled = [];
    this.#quarantine = [];
    this.#counts = [];
    this.#answer = undefined;
    const base = { offset: this.offset, events, outbox, cancelled, quarantine, counts };
    const answered = answer === undefined ? base : { ...base, answer };
    const cases = this.#cases ?? [];
    if (alerts.length > 0) this.#alerts = [];
    if (cases.length > 0) this.#cases = [];
    return {
      ...answered,
      ...(alerts.length > 0 && { alerts }),
      ...(cases.length > 0 && { cases }),
    };
  }

  watchAlerts(): void {
    this.#alerts = [];
  }

  watchCases(): void {
    this.#cases = [];
  }

  /** `at`: time of the change on the rule's own clock, `lag`: what to take from it to come to device time. */
  protected tellAlert(
    device: DeviceState,
    { rule }: CompiledRule,
    told: Pick<AlertTransition, "change" | "at" | "lag"> & { readonly slot: RuleSlot },
  ): void {
    if (this.#alerts === undefined) return;
    const { change, at, lag, slot } = told;
    const { id, product, kind, severity, level, title } = rule;
    const { evidence } = slot;
    const about = { device: device.registered.id, product, rule: id, kind, severity, level, title };
    this.#alerts.push({ ...about, change, at: at - lag, evidence, lag });
  }

  /** One line on the case's timeline. */
  say(view: CaseView, kind: CaseEventKind, reason: string, by = "gateway"): void {
    this.#line(view.id, { kind, reason, by });
    this.#cases?.push(view);
  }

  /** One line on a problem's timeline. */
  sayOfProblem(id: string, kind: CaseEventKind, reason: string, by = "gateway"): void {
    this.#line(id, { kind, reason, by });
    this.#cases?.push(undefined);
  }

  owe(entry: OutboxEntry): void {
    this.#outbox.push(entry);
  }

  cancel(id: string): void {
    this.#cancelled.push(id);
  }

  quarantine(entry: Omit<QuarantineEntry, "offset" | "n" | "at">): void {
    this.#quarantine.push({ offset: this.offset, n: this.#n++, at: this.now, ...entry });
    this.count("messages_quarantined_total", { code: entry.code });
  }

  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    this.#counts.push({ name, labels, by });
  }

  answer(answer: ActionAnswer): void {
    this.#answer = answer;
  }

  #line(caseId: string, line: Pick<EventLine, "kind" | "by" | "reason">): void {
    const { kind, by, reason } = line;
    const at = this.now;
    this.#events.push({ offset: this.offset, n: this.#n++, caseId, at, kind, by, reason });
  }
}
