/** The few exceptions there are. Each has a stable code, facts as fields and a message with the remedy; doors map them once. */

export type Facts = Readonly<Record<string, unknown>>

/** Base of all errors that Berth raises on purpose. `code` is stable and listed in docs/errors.md. */
export abstract class BerthError extends Error {
  readonly code: string
  readonly facts: Facts

  constructor(code: string, message: string, facts: Facts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.facts = facts
  }
}

/** What the caller gave cannot be used; nothing was changed. */
export class InvalidInput extends BerthError {}

/** The thing named does not exist. */
export class NotFound extends BerthError {}

/** The thing is not in a state that allows this; somebody or something was there first. */
export class Conflict extends BerthError {}

/** Who asks is not known: no token, or none that is good. */
export class Unauthorized extends BerthError {}

/** The caller asks more often than anybody needs to; facts hold `retryAfterSeconds`. */
export class TooOften extends BerthError {}

/** The caller may not do this. */
export class Forbidden extends BerthError {}

/** A program or the kernel refused; facts hold the command, its exit code and what it said. */
export class CommandFailed extends BerthError {}

/** A host's report does not fit its schema or contradicts itself; none of it was taken in. */
export class CorruptReport extends BerthError {}
