import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";

/** One wrong field of a request. */
export interface FieldError {
  /** E.g. `body.args.seconds` or `query.limit`. */
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

/** A request that is answered with a problem document instead of a result. */
export class RequestRefusedError extends GatewayError {
  readonly code = "VZ_REQUEST_REFUSED";
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

export const PROBLEM_TYPE = "application/problem+json";

export const problemSchema = z
  .object({
    type: z.string().describe("Always `about:blank`: the status tells the kind (RFC 9457)."),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What, which one, and what to do next, for people."),
    code: z
      .string()
      .optional()
      .describe("Stable code of a gateway error, listed in docs/errors.md."),
    errors: z
      .array(z.object({ field: z.string(), value: z.unknown(), expected: z.string() }))
      .optional()
      .describe("Every wrong field: where, what came, what would be right."),
  })
  .meta({ id: "Problem" });

export type Problem = z.output<typeof problemSchema>;

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is not valid",
  401: "Sign in first",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "The request took too long",
  409: "Conflict",
  410: "No longer valid",
  413: "The request is too large",
  415: "Wrong content type",
  422: "The request cannot be carried out",
  429: "Too many requests",
  431: "The request's headers are too large",
  503: "Not available now",
};

const problem = (status: number, detail: string): Problem => ({
  type: "about:blank",
  title:
    TITLES[status] ?? (status < 500 ? "The request is not valid" : "Something went wrong here"),
  status,
  detail,
});

/** Any thrown thing as a problem document. An unexpected error says nothing of its inside. */
export function toProblem(error: unknown, request: unknown): Problem {
  if (error instanceof RequestRefusedError) {
    const answer = problem(error.status, error.message);
    return error.errors.length === 0 ? answer : { ...answer, errors: [...error.errors] };
  }
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error, request);
  if (error instanceof GatewayError) {
    return { ...problem(503, error.message), code: error.code };
  }
  const status = statusOf(error);
  if (status !== undefined && status < 500 && error instanceof Error) {
    return problem(status, detailOf(status, error));
  }
  if (status === 503) {
    return problem(503, "The answer took too long. Ask for less at once, or try again later.");
  }
  return problem(500, "The gateway failed to answer. Its log says why; try again later.");
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

function detailOf(status: number, error: Error): string {
  if (status === 413) return "The body is too large; send at most 64 KiB.";
  if (status === 415) return "Send the body as application/json.";
  return error.message;
}

interface ZodIssue {
  readonly instancePath: string;
  readonly message?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

function validationProblem(
  error: { readonly validation: readonly ZodIssue[]; readonly validationContext?: unknown },
  request: unknown,
): Problem {
  const context = String(error.validationContext ?? "body");
  const place = context === "querystring" ? "query" : context;
  const errors = error.validation.map((issue) => fieldError(issue, place, request));
  const fields = [...new Set(errors.map(({ field }) => field))].join(", ");
  return { ...problem(400, `Not valid: ${fields}. "errors" says what would be right.`), errors };
}

function fieldError(issue: ZodIssue, place: string, request: unknown): FieldError {
  const path = issue.instancePath.split("/").filter((part) => part !== "");
  let value: unknown = get(request, place);
  for (const part of path) value = get(value, part);
  return {
    field: [place, ...path].join("."),
    // A password is never said again, not even a refused one.
    value: value === undefined || path.includes("password") ? null : value,
    expected: issue.message ?? "another value",
  };
}

function get(from: unknown, key: string): unknown {
  if (typeof from !== "object" || from === null) return undefined;
  return Reflect.get(from, key);
}
