/** Lists: what columns there are, which are shown (`-l`), which rows (`-f`), and how they are printed. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Cli, JsonOption } from '../command.ts'
import { parseMemory } from '../text/amounts.ts'
import { jsonText, printable } from '../text/printable.ts'
import { type TableColumn, tableText } from '../text/table.ts'
import { type Condition, parseFilter, satisfies } from './filter.ts'

export interface Column<Row> extends TableColumn<Row> {
  /** What filters compare, where it is not the cell itself. */
  readonly fact?: (row: Row) => number | string | null
  /** The fact is MiB: filters take `8G` too. */
  readonly memory?: true
}

export interface List<Row> {
  /** All there are, in the order in which help tells them. */
  readonly columns: readonly Column<Row>[]
  /** Names of those that are shown without `-l`. */
  readonly shown: readonly string[]
}

export interface ListOptions extends JsonOption {
  readonly list?: readonly string[]
  readonly filter?: readonly Condition[]
}

function findColumn<Row>(list: List<Row>, name: string): Column<Row> {
  const column = list.columns.find((candidate) => candidate.name === name.toUpperCase())
  if (column === undefined)
    throw new InvalidArgumentError(
      `There is no column "${printable(name)}"; there are ${list.columns.map((known) => known.name).join(' ')}.`,
    )
  return column
}

/** Gives a command `-l` and `-f`, both checked against the list's columns while the arguments are read. */
export function listOptions<Row>(command: Command, list: List<Row>): Command {
  const columns = (text: string): readonly string[] =>
    text.split(',').map((name) => findColumn(list, name.trim()).name)
  const conditions = (text: string, before: readonly Condition[] = []): readonly Condition[] => {
    const parsed = parseFilter(text)
    if ('wrong' in parsed)
      throw new InvalidArgumentError(
        `"${printable(parsed.wrong)}" is not COLUMN, one of = != < <= > >= ~, and a value.`,
      )
    for (const condition of parsed) checkOperand(findColumn(list, condition.column), condition)
    return [...before, ...parsed]
  }
  return command
    .option('-l, --list <columns>', 'columns to show, separated by commas', columns)
    .option(
      '-f, --filter <conditions>',
      'rows to show: NAME=value, != < <= > >= ~, all must hold',
      conditions,
    )
    .addHelpText('after', `\nColumns: ${list.columns.map((column) => column.name).join(' ')}`)
}

/** The value as a number; null = it is none. */
function operandOf<Row>(column: Column<Row>, value: string): number | null {
  if (column.memory) return parseMemory(value)
  const number = value === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? null : number
}

/** Numbers stand on the right: less or more than a word would let no row through, and nobody would know why. */
function checkOperand<Row>(column: Column<Row>, { operator, value }: Condition): void {
  if (column.align !== 'right' || !/[<>]/.test(operator) || operandOf(column, value) !== null) return
  throw new InvalidArgumentError(
    `${column.name} is compared with ${column.memory ? 'an amount of memory such as 8G' : 'a number'}, and "${printable(value)}" is none.`,
  )
}

function passes<Row>(list: List<Row>, row: Row, condition: Condition): boolean {
  const column = findColumn(list, condition.column)
  const cell = column.cell(row)
  const fact = column.fact ? column.fact(row) : cell
  return satisfies(condition, fact, String(cell ?? ''), operandOf(column, condition.value))
}

/** Prints the rows that pass: whole documents with `--json`, else the columns as a table. */
export function printList<Row>(cli: Cli, list: List<Row>, rows: readonly Row[], options: ListOptions): void {
  const passing = rows.filter((row) =>
    (options.filter ?? []).every((condition) => passes(list, row, condition)),
  )
  const columns = (options.list ?? list.shown).map((name) => findColumn(list, name))
  const limit = cli.ports.isTty ? cli.ports.columns : null
  cli.ports.stdout(`${options.json ? jsonText(passing) : tableText(columns, passing, limit)}\n`)
}
