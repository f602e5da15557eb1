/** A failure on purpose: its message is a sentence for the person at the terminal. */
export abstract class SimError extends Error {
  /** Stable; says where to look: the command line, the data, the broker or the gateway. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line asks for something that cannot be. */
export class UsageError extends SimError {
  readonly code = "VZ_SIM_USAGE";
}

/** A file is missing, broken, or says what it must not say. */
export class DataError extends SimError {
  readonly code = "VZ_SIM_DATA";
}

/** The broker refused, or went away. */
export class ConnectionError extends SimError {
  readonly code = "VZ_SIM_CONNECTION";
}

/** The gateway's API did not answer as it should. */
export class GatewayError extends SimError {
  readonly code = "VZ_SIM_GATEWAY";
}

export const messageOf = (error: unknown): string =>
  error instanceof Error
    ? error.message || ((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error);
