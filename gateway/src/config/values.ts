import { z } from "zod";

/** A value as a problem names it. */
export const shown = (input: unknown): string => JSON.stringify(input) ?? "nothing";

/** The environment has text only. What is no number stays as it is, so that the error shows it. */
export const numeric = (input: unknown): unknown =>
  typeof input === "string" && /^-?\d+(\.\d+)?$/.test(input) ? Number(input) : input;

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: ({ input }) => `${shown(input)} is not one of ${values.join(", ")}` });
