import type { CaseEvent, CaseEventKind, CaseView } from "#domain/case/case.ts";
import type { AlertTransition, Effects } from "#domain/effects.ts";
import type { EpochMs } from "#domain/units.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** Steps of a case that are told, and as what; the others are on its timeline only. */
const CASE_EVENTS: Partial<Readonly<Record<CaseEventKind, string>>> = {
  opened: "opened",
  reopened: "reopened",
  refired: "refired",
  acknowledged: "acknowledged",
  escalated: "escalated",
  proved: "fix_verified",
  not_proved: "fix_failed",
  held: "fix_held",
  did_not_hold: "fix_not_held",
  owner_called: "owner_called",
  target_breached: "target_breached",
  resolved: "resolved",
  verdict: "verdict",
};

/** Turns what records did to alerts and cases into points. Offered each record once, in order. */
export class DecisionPoints {
  /** Newest times used since the service clock last moved past them, by series. */
  readonly #taken = new Map<string, EpochMs>();
  #latest: EpochMs = 0;

  of(effects: Effects): readonly ServicePoint[] {
    const points = (effects.alerts ?? []).flatMap(alertPoints);
    effects.events.forEach((event, index) => {
      const view = effects.cases?.[index];
      const told = CASE_EVENTS[event.kind];
      if (view !== undefined && told !== undefined) points.push(this.#casePoint(event, view, told));
    });
    return points;
  }

  #casePoint(event: CaseEvent, view: CaseView, told: string): ServicePoint {
    const { device, product, rule, kind, severity } = view;
    const tags = { device, product, rule, kind, severity, event: told };
    const at = this.#unused(JSON.stringify(tags), event.at);
    return { measurement: "vz.case", tags, fields: caseFields(event, view), at };
  }

  /** While the service clock stands, two steps of one series would be one point. */
  #unused(series: string, at: EpochMs): EpochMs {
    if (at > this.#latest) this.#taken.clear();
    const free = Math.max(at, (this.#taken.get(series) ?? 0) + 1);
    this.#taken.set(series, free);
    this.#latest = Math.max(this.#latest, free);
    return free;
  }
}

function alertPoints(alert: AlertTransition): readonly ServicePoint[] {
  const { device, product, rule, kind, severity, level, title, change, at, evidence, lag } = alert;
  const tags = { device, product, rule, kind, severity, level };
  const text = evidence === null ? {} : { text: evidence.observed, expected: evidence.expected };
  const onset = evidence === null ? undefined : evidence.onsetAt - lag;
  const fired = evidence === null ? undefined : evidence.detectedAt - lag;
  const began = change === "fired" || change === "resumed";
  const moved: ServicePoint = {
    measurement: "vz.alert",
    tags,
    fields: {
      active: began ? 1 : 0,
      [change]: 1,
      change,
      title,
      ...text,
      ...(onset !== undefined && { onset_ms: onset }),
      ...(onset !== undefined && change === "fired" && { delay_ms: at - onset }),
      ...(fired !== undefined && !began && { lasted_ms: at - fired }),
    },
    at,
  };
  if (began || fired === undefined || onset === undefined) return [moved];
  const span: ServicePoint = {
    measurement: "vz.alert_span",
    tags,
    fields: { end_ms: at, lasted_ms: at - fired, onset_ms: onset, title, ...text },
    at: fired,
  };
  return [moved, span];
}

function caseFields(event: CaseEvent, view: CaseView): ServicePoint["fields"] {
  const { id, title, status, stage, onsetAt, openedAt, resolution, verdict } = view;
  const byPerson = event.by !== "gateway" && event.by !== "device";
  return {
    n: 1,
    id,
    title,
    status,
    stage,
    // Neither names nor what people write: it could not be erased there.
    by: byPerson ? "person" : event.by,
    ...(!byPerson && { text: event.reason }),
    onset_ms: onsetAt,
    lead_ms: openedAt - onsetAt,
    open_ms: event.at - openedAt,
    ...(event.kind === "resolved" && {
      resolution: resolution ?? "",
      verified: resolution === "fixed" ? 1 : 0,
    }),
    ...(event.kind === "verdict" && {
      verdict: verdict ?? "",
      ...(isJudged(verdict) && { true_alarm: verdict === "confirmed" ? 1 : 0 }),
    }),
  };
}

/** A duplicate or a case put off says nothing about the rule. */
const isJudged = (verdict: CaseView["verdict"]): boolean =>
  verdict === "confirmed" || verdict === "false_alarm" || verdict === "sensor_fault";
