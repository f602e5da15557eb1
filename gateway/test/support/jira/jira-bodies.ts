import type { z } from "zod";

// The library's schemas let unknown names pass unless they are loaded for an audit.
process.env.AUDIT_SCHEMAS = "true";
const desk = await import("jira.js/serviceDesk");
const cloud = await import("jira.js/cloud");

/** What each address takes, from the library that its vendor's documents are turned into. */
const BODIES: readonly (readonly [method: string, path: RegExp, schema: z.ZodType])[] = [
  ["POST", /^\/rest\/servicedeskapi\/request$/, desk.RequestCreateSchema],
  ["POST", /^\/rest\/servicedeskapi\/request\/\d+\/attachment$/, desk.AttachmentCreateSchema],
  ["POST", /^\/rest\/api\/3\/search\/jql$/, cloud.SearchAndReconcileRequestSchema],
  ["PUT", /^\/rest\/api\/3\/issue\/\d+$/, cloud.IssueUpdateDetailsSchema],
  ["POST", /^\/rest\/api\/3\/issue\/\d+\/transitions$/, cloud.IssueUpdateDetailsSchema],
  ["POST", /^\/rest\/api\/3\/issue\/\d+\/comment$/, cloud.CommentSchema],
  ["POST", /^\/rest\/api\/3\/issueLink$/, cloud.LinkIssueRequestSchema],
];

/** Throws when the body is not as documented: that is a mistake of ours, whatever Jira would answer. */
export function checkJiraBody(method: string, path: string, body: unknown): void {
  if (/\/properties\/\w+$/.test(path)) return;
  const known = BODIES.find(([verb, address]) => verb === method && address.test(path));
  if (known === undefined)
    throw new Error(`no such address in the documentation: ${method} ${path}`);
  known[2].parse(body);
}
