import { z } from "zod";

const person = z.object({ id: z.int(), name: z.string(), login: z.string(), key: z.string() });
const ids = z.record(z.string(), z.int());

/** What seed.rb prints: every id and key of the Redmine that tests run against. */
export const redmineSeed = z.object({
  people: z.object({ bot: person, anna: person, ben: person }),
  projects: ids,
  tracker: z.int(),
  fields: ids,
  statuses: ids,
});

export type RedmineSeed = z.output<typeof redmineSeed>;
export type RedminePerson = z.output<typeof person>;
