import { pino } from "pino";
import type { Log } from "#ports/log.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Keys that may hold a secret are never written, whoever logs them. */
const SECRET_KEYS = [
  "secret",
  "password",
  "token",
  "authorization",
  "cookie",
  "*.secret",
  "*.password",
  "*.token",
];

/** JSON lines on standard output. */
export function createPinoLog(level: LogLevel, thread: string): Log {
  const logger = pino(
    {
      level,
      base: { thread },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS, censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
