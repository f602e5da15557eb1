import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord, SourceFile } from "#domain/record.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { prng } from "./prng.ts";
import { measured, ruleset } from "./raw-messages.ts";
import { DeviceScript, head, registered, START } from "./records.ts";

/**
 * A seeded stream of records of a few devices over some hours: hot and cool, gaps in the sequence,
 * duplicates, late and backward stamps, garbage, silence, commands answered or not, downtime,
 * agents' actions. The answers to commands depend on what the engine asked for, so the stream is
 * made beside one.
 */
export function randomJournal(
  seed: number,
  count: number,
  more: {
    /** Further rule files, in force from the first ruleset on. */
    readonly rules?: readonly SourceFile[];
    readonly devices?: readonly string[];
  } = {},
): readonly JournalRecord[] {
  const { rules: further = [], devices = ["b1", "b2", "b3"] } = more;
  const random = prng(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const engine = new Engine();
  const records: JournalRecord[] = [];
  const scripts = devices.map((id) => new DeviceScript(id));
  const temps = new Map<string, number>();
  const cases: string[] = [];
  let now = START;

  const push = (given: JournalRecord): void => {
    const record =
      given.kind === "ruleset" ? { ...given, rules: [...given.rules, ...further] } : given;
    records.push(record);
    const effects = engine.apply(records.length, record);
    for (const event of effects?.events ?? [])
      if (event.kind === "opened") cases.push(event.caseId);
    for (const entry of effects?.outbox ?? []) {
      if (entry.kind !== "command" || random() < 0.3) continue;
      const { id: commandId, device } = entry;
      const script = scripts.find((s) => s.device === device);
      push({
        kind: "command_outcome",
        appendedAt: now,
        commandId,
        device,
        outcome: "delivered",
        detail: "",
      });
      if (script !== undefined && random() < 0.8) {
        push(script.result(now, commandId, random() < 0.7 ? "succeeded" : "failed"));
        if (random() < 0.6) temps.set(device, 80);
      }
    }
  };

  for (const record of head(devices)) push(record);
  while (records.length < count) {
    now += Math.floor(random() * 1.5 * MINUTE_MS);
    const script = pick(scripts);
    const dice = random();
    if (random() < 0.03) temps.set(script.device, random() < 0.5 ? 150 : 80);
    const temp = (temps.get(script.device) ?? 90) + Math.round(random() * 10);
    const values = {
      temp,
      state: pick(["on", "on", "on", "off"]),
      cups: Math.floor(records.length / 40),
    };
    if (dice < 0.7) push(script.tele(now, values));
    else if (dice < 0.74) push(script.event(now, "dismissed"));
    else if (dice < 0.78)
      push(script.tele(now - Math.floor(random() * HOUR_MS), values, { appendedAt: now }));
    else if (dice < 0.81)
      push(records.findLast((r) => r.kind === "message") ?? { kind: "tick", appendedAt: now });
    else if (dice < 0.84) push(script.tele(now, values, { seq: Math.floor(random() * 400) + 1 }));
    else if (dice < 0.86) push(script.hist(now - 2 * HOUR_MS, values, now));
    else if (dice < 0.88) push(script.status(now, pick(["online", "offline", "lost"]), "planned"));
    else if (dice < 0.89) now += Math.floor(random() * 2 * HOUR_MS);
    else if (dice < 0.9) script.reboot();
    else if (dice < 0.91) {
      const lastAliveAt = now;
      now += 3 * HOUR_MS;
      push({ kind: "service", appendedAt: now, event: "started", reason: "", lastAliveAt });
    } else if (dice < 0.94) {
      const payload = new TextEncoder().encode(`{"m":{"temp":"${records.length}"`);
      push({
        kind: "message",
        appendedAt: now,
        product: "boiler",
        device: script.device,
        class: "tele",
        qos: 1,
        payload,
      });
    } else if (dice < 0.97 && cases.length > 0) {
      const caseId = pick(cases);
      const action = pick([
        { name: "acknowledge", caseId },
        { name: "resolve", caseId, comment: "" },
        { name: "verdict", caseId, verdict: "false_alarm", comment: "" },
        { name: "reopen", caseId, comment: "again" },
      ] as const);
      push({ kind: "action", appendedAt: now, id: `a${records.length}`, by: "anna", action });
    } else if (dice < 0.9725) {
      // A rule goes or comes back, or its text changes.
      const rules = pick([
        (text: string) => text,
        (text: string) => text.replace("id: too-hot", "id: far-too-hot"),
        (text: string) => text.replace("temp > 135.0", "temp > 145.0"),
      ]);
      push(ruleset(now, { rules }));
    } else if (dice < 0.975) {
      const device = registered(script.device, { activatedAt: now });
      push({ kind: "registry", appendedAt: now, change: "remove", device, by: "anna" });
      push({ kind: "registry", appendedAt: now, change: "put", device, by: "anna" });
    } else if (dice < 0.98) {
      push(measured({ boot: 1, up: now - START }, values, { at: now, device: "b3" }));
    } else if (dice < 0.985) {
      const command = {
        name: "command",
        command: "reset",
        args: {},
        expiresInMs: HOUR_MS,
      } as const;
      const action = { ...command, device: script.device };
      push({ kind: "action", appendedAt: now, id: `a${records.length}`, by: "eve", action });
    } else push({ kind: "tick", appendedAt: now });
  }
  return records;
}
