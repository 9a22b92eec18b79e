/** Arguments of the OpenNebula commands: Node's reader, with its complaints as Berth words them. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

/** The parsed arguments, or what is wrong with them. */
export function readArguments<const T extends Options>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options })
  } catch (error) {
    if (error instanceof TypeError) return error.message.replace(/\. To specify a positional.*/s, '')
    throw error
  }
}

/** Tells wrong usage on standard error and gives its exit status. */
export function wrongUsage(command: string, what: string, stderr: (text: string) => void): number {
  stderr(`berth opennebula ${command}: ${what}\n(--help tells how it is used)\n`)
  return 2
}
