type Fields = Readonly<Record<string, unknown>>;

/** Structured log; keys are camelCase (`deviceId`, `ruleId`, `caseId`); never a secret. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}
