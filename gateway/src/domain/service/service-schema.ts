import { z } from "zod";
import { durationSchema } from "#domain/rules/kinds/kind.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const name = z.string().min(1).max(60);
const hours = z
  .string()
  .max(100)
  .meta({ description: 'Open times, e.g. "08:00-17:00" or "08:00-12:00, 13:00-17:30".' });

const team = z.strictObject({
  products: z
    .union(
      [z.literal("all"), z.array(z.string().min(1)).min(1).max(500)],
      'must be "all" or a list of product ids',
    )
    .meta({ description: "Products that the team has; `all`: those that no team names." }),
  mail: z
    .array(z.array(z.email("must be an e-mail address")).min(1).max(20))
    .min(1)
    .max(5)
    .optional()
    .meta({ description: "Addresses: of the team, then one list per rung of the escalation." }),
  digest: z
    .strictObject({
      cron: z.string().max(100).meta({ description: 'When, e.g. "0 7 * * 1": Mondays at 7.' }),
      timeZone: z.string().min(1),
    })
    .optional()
    .meta({ description: "When the team gets its digest by e-mail; default: never." }),
});

const calendar = z.strictObject({
  timeZone: z.string().min(1).meta({ description: "IANA name, e.g. Europe/Amsterdam." }),
  hours: z.union(
    [
      z.literal("always"),
      z.strictObject(Object.fromEntries(WEEKDAYS.map((day) => [day, hours.optional()]))),
    ],
    'must be "always" or a map of mon to sun, e.g. mon: "08:00-17:00"',
  ),
  holidays: z
    .array(z.string())
    .max(500)
    .optional()
    .meta({ description: 'Closed days: "2026-12-25", or "12-26" of every year.' }),
});

const level = z.strictObject({
  name,
  severity: z.enum(["normal", "urgent", "safety"]).optional(),
  contract: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: "Value of the device's attribute `contract`." }),
  firstResponse: durationSchema("Until an agent's first act; 1d = a working day of the calendar"),
  solution: durationSchema("Until the case is resolved; 1d = a working day of the calendar"),
  calendar: name,
  warnAt: z
    .number()
    .min(0.1)
    .max(0.95)
    .optional()
    .meta({ description: "Share of the time after which is warned. Default: 0.8." }),
});

export const serviceSchema = z.strictObject({
  teams: z.record(name, team),
  calendars: z.record(name, calendar),
  levels: z.array(level).max(100),
});

export type ServiceSource = z.infer<typeof serviceSchema>;
export type TeamSource = ServiceSource["teams"][string];
export type CalendarSource = ServiceSource["calendars"][string];
export type LevelSource = ServiceSource["levels"][number];
