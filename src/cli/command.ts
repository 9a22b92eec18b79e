/** What all commands share: how a leaf is made, what arguments may be, and how an answer is printed. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { XmlView } from './documents/element.ts'
import { type DocumentOptions, documentOptions } from './documents/options.ts'
import type { CliPorts } from './ports.ts'
import { jsonText } from './text/printable.ts'

export interface Cli {
  readonly ports: CliPorts
  /** Sets the exit status of a command that did not fail outright; 0 unless called. */
  readonly finish: (status: number) => void
  /** The whole command runs again after so many seconds, until it is interrupted. */
  readonly repeat: (seconds: number) => void
}

/** Fills one group or command, already made and named, with what it can do. */
export type Register = (command: Command, cli: Cli) => void

export type JsonOption = DocumentOptions

/** Gives a command `-j` and its examples; one that shows or lists something, OpenNebula's `-x` and `-y` too. */
export function leaf(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ berth ${example}`)
  command
    .option('-j, --json', 'print the answer as one JSON document')
    .addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${lines.join('\n')}`)
  return ['show', 'list'].includes(command.name()) ? documentOptions(command) : command
}

/** More than any name or path has that is meant. */
const LONGEST_NAME = 1024

/** An id or name that becomes part of an API path: not empty, and not `.` or `..`, which URLs resolve away. */
export function nameArgument(text: string): string {
  if (/^\.{0,2}$/.test(text)) throw new InvalidArgumentError('It must be an id or a name.')
  if (text.length > LONGEST_NAME) throw new InvalidArgumentError('It is too long for an id or a name.')
  return text
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(
        least === Number.MIN_SAFE_INTEGER
          ? 'It must be a whole number.'
          : `It must be a whole number of at least ${least}.`,
      )
    return value
  }
}

export const anyWholeNumber = wholeNumber(Number.MIN_SAFE_INTEGER)

/**
 * Prints the document (with `-j`, `-y`, `-x`) or the text made of it. Text ends with a newline; an empty one prints nothing.
 * `xml` = OpenNebula's shape of it; without, the document's own fields.
 */
export function print<Document>(
  cli: Cli,
  options: JsonOption,
  document: Document,
  text: (document: Document) => string,
  xml?: XmlView<Document>,
): void {
  const { json, writer } = options
  if (writer) cli.ports.stdout(writer(document, xml && (() => xml(document))))
  else cli.ports.stdout(json ? `${jsonText(document)}\n` : text(document))
}

export const nothing = (): string => ''

/** What to put a description's options into a request body with: absent ones are left out. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Of the programs that run on. */
export function logFormatOption(): Option {
  return new Option(
    '--log-format <format>',
    'plain lines, or JSON lines for machines (default: $BERTH_LOG, else plain)',
  ).choices(['plain', 'json'])
}
