import type { ActionAnswer } from "#domain/effects.ts";

export const refuse = (status: 404 | 409 | 422, reason: string): ActionAnswer => ({
  ok: false,
  status,
  reason,
});
