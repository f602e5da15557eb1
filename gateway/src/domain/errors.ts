/**
 * Base of every error that the gateway throws on purpose.
 * `code` is stable and documented in docs/errors.md; `message` is for people: what, which one, what next.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: `VZ_${string}`;

  override get name(): string {
    return this.constructor.name;
  }
}
