/** How a list is laid out: OpenNebula's flags, read while the arguments are parsed. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type DocumentOptions, documentOptions } from '../documents/options.ts'
import { printable } from '../text/printable.ts'
import { ColumnOption } from './column-option.ts'

export type Operator = 'AND' | 'OR'

export interface LayoutOptions extends DocumentOptions {
  readonly operator?: Operator
  readonly csv?: true
  readonly csvDel?: string
  /** False with `--no-header`. */
  readonly header?: boolean
  /** Seconds. */
  readonly delay?: number
  readonly size?: ReadonlyMap<string, number>
  /** True = all columns, alike. */
  readonly expand?: true | ReadonlyMap<string, number>
}

/** `t` and `\t` are easier typed than a tab. */
function delimiter(text: string): string {
  const character = text === '\\t' ? '\t' : text
  if ([...character].length !== 1 || /["\r\n]/.test(character))
    throw new InvalidArgumentError('It must be one character, or \\t for a tab; no quote, no line end.')
  return character
}

function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= 0.1 && value <= 86_400))
    throw new InvalidArgumentError('It must be a number of seconds of at least 0.1.')
  return value
}

/** Reads `NAME=20,HOST=10`; without `=` a column counts `otherwise`. `known` throws for a column that is none. */
function byColumn(known: (name: string) => string, check: RegExp, otherwise: string | null) {
  return (
    text: string,
    before: true | ReadonlyMap<string, number> = new Map(),
  ): ReadonlyMap<string, number> => {
    const found = new Map(before === true ? [] : before)
    for (const part of text.split(',')) {
      const [name = '', value = otherwise ?? ''] = part.split('=')
      if (!check.test(value) || Number(value) === 0)
        throw new InvalidArgumentError(`"${printable(part)}" is not COLUMN=NUMBER.`)
      found.set(known(name.trim()), Number(value))
    }
    return found
  }
}

/** `columns` = all there are; `known` gives a column's name in upper case, or throws InvalidArgumentError. */
export function layoutOptions(
  command: Command,
  columns: readonly string[],
  known: (name: string) => string,
): Command {
  return documentOptions(command)
    .addOption(
      new Option('--operator <operator>', 'whether all conditions must hold, or one (default: AND)')
        .choices(['AND', 'OR'])
        .argParser((text) => {
          const operator = text.toUpperCase()
          if (operator !== 'AND' && operator !== 'OR') throw new InvalidArgumentError('It must be AND or OR.')
          return operator
        }),
    )
    .addOption(new Option('--csv', 'print it as CSV').conflicts(['json', 'xml', 'yaml']))
    .option('--csv-del <character>', 'what stands between the cells of CSV (default: a comma)', delimiter)
    .option('--no-header', 'leave out the line of column names')
    .addOption(
      new Option('-d, --delay <seconds>', 'show it again after so many seconds, until interrupted')
        .argParser(seconds)
        .conflicts(['json', 'xml', 'yaml']),
    )
    .addOption(
      new ColumnOption('-s, --size <columns>', 'widths: NAME=20,HOST=10', columns).argParser(
        byColumn(known, /^\d{1,4}$/, null),
      ),
    )
    .addOption(
      new ColumnOption(
        '--expand [columns]',
        "cut nothing, and fill the terminal's width: by all columns, or NAME=0.7,HOST=0.3",
        columns,
      ).argParser(byColumn(known, /^\d{1,4}(?:\.\d+)?$/, '1')),
    )
}
