/** Command-line arguments of the probe's commands, read with Node's own parser. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { InvalidInput } from '../src/model/errors.ts'

/** Wrong usage; the caller ends with status 2. */
export class UsageError extends InvalidInput {}

type Options = NonNullable<ParseArgsConfig['options']>

/** The options' values. UsageError `wrong-usage` for an unknown option, a missing value or a stray argument. */
export function readArguments<const T extends Options>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError('wrong-usage', `${message}; --help lists what there is`, {}, error)
  }
}

/** `parse(value)`, its InvalidInput turned into UsageError: the value came from the command line. */
export function fromCommandLine<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof InvalidInput) throw new UsageError(error.code, error.message, error.facts, error)
    throw error
  }
}
