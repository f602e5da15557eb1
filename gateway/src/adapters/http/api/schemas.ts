import { z } from "zod";
import { VERDICTS } from "#domain/record.ts";
import { ROLES } from "#ports/auth.ts";

/** Ids as on the wire; the same in topics, files and URLs. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ -");

export const timeSchema = z.iso
  .datetime({ offset: true, error: "an ISO 8601 time such as 2026-11-24T20:00:00Z" })
  .describe("ISO 8601, UTC");

export const scalarSchema = z.union([z.number(), z.string(), z.boolean()]);
/** As taken from outside. */
export const givenScalarSchema = z.union([z.number(), z.string().max(1_024), z.boolean()]);
export const valueSchema = z.union([z.number(), z.string(), z.boolean(), z.null()]);

export const kindSchema = z.enum(["fault", "misuse", "underuse"]);
export const severitySchema = z.enum(["normal", "urgent", "safety"]);
export const statusSchema = z.enum(["open", "acknowledged", "resolved"]);
export const stageSchema = z.enum([
  "acting",
  "approval",
  "verifying",
  "watching",
  "escalated",
  "done",
]);
export const levelSchema = z.enum(["watch", "act"]);
export const roleSchema = z.enum(ROLES);
export const verdictSchema = z.enum(VERDICTS);

/** Paging of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(512).optional(),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .describe("Give it as `cursor` for the next page; null at the end."),
  });

export const idParams = z.object({ id: idSchema });
/** Case ids are made by the gateway; any printable text is looked up. */
export const caseParams = z.object({ id: z.string().min(1).max(200) });

export const commentSchema = z.string().trim().max(4_000, "at most 4,000 characters");
