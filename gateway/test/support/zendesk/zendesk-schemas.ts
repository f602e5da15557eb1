/**
 * Bodies that Zendesk's documentation describes, as far as a desk of ours sends them, and closed: a name
 * that is not in the documentation is refused, where Zendesk itself would drop it without a word.
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
 */
const id = { type: "integer", minimum: 1 };

const comment = {
  type: "object",
  additionalProperties: false,
  properties: {
    html_body: { type: "string", minLength: 1, maxLength: 65_535 },
    public: { type: "boolean" },
    uploads: { type: "array", items: { type: "string", minLength: 1 } },
  },
  // Without it a comment goes to the requester.
  required: ["public", "html_body"],
};

const changeable = {
  assignee_id: id,
  comment,
  custom_fields: {
    type: "array",
    items: {
      type: "object",
      additionalProperties: false,
      properties: { id, value: { type: ["string", "number", "boolean", "null"] } },
      required: ["id", "value"],
    },
  },
  external_id: { type: "string", minLength: 1, maxLength: 255 },
  group_id: id,
  problem_id: id,
  status: { enum: ["new", "open", "pending", "hold", "solved", "closed"] },
  subject: { type: "string", minLength: 1, maxLength: 255 },
  tags: { type: "array", items: { type: "string", pattern: "^[a-z0-9_/-]+$" } },
  type: { enum: ["problem", "incident", "question", "task"] },
};

const body = (ticket: object) => ({
  type: "object",
  additionalProperties: false,
  properties: { ticket },
  required: ["ticket"],
});

export const TICKET_CREATE = body({
  type: "object",
  additionalProperties: false,
  properties: { ...changeable, via_followup_source_id: id },
  required: ["comment"],
});

export const TICKET_UPDATE = body({
  type: "object",
  additionalProperties: false,
  properties: {
    ...changeable,
    safe_update: { type: "boolean" },
    updated_stamp: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$" },
  },
  minProperties: 1,
  dependentRequired: { safe_update: ["updated_stamp"], updated_stamp: ["safe_update"] },
});
