/** Lists: what columns there are, which are shown (`-l`), which rows (`-f`), and how they are printed. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Cli } from '../command.ts'
import type { XmlElement } from '../documents/element.ts'
import { parseMemory } from '../text/amounts.ts'
import { csvText } from '../text/csv.ts'
import { jsonText, printable } from '../text/printable.ts'
import { type TableColumn, tableText } from '../text/table.ts'
import { ColumnOption } from './column-option.ts'
import { type Condition, parseFilter, satisfies } from './filter.ts'
import { type LayoutOptions, layoutOptions } from './options.ts'

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
  /** OpenNebula's shape: the pool's name, and a row in it. Without, the document's own fields. */
  readonly xml?: { readonly pool: string; readonly row: (row: Row) => XmlElement }
}

export interface ListOptions extends LayoutOptions {
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

/** Gives a command `-l`, `-f` and OpenNebula's flags of layout, checked against the list's columns while the arguments are read. */
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
  const names = list.columns.map((column) => column.name)
  command
    .addOption(
      new ColumnOption('-l, --list <columns>', 'columns to show, separated by commas', names).argParser(
        columns,
      ),
    )
    .addOption(
      new ColumnOption(
        '-f, --filter <conditions>',
        'rows to show: NAME=value, != < <= > >= ~; all must hold, but for --operator OR',
        names,
      ).argParser(conditions),
    )
    .addHelpText('after', `\nColumns: ${names.join(' ')}`)
  return layoutOptions(command, names, (name) => findColumn(list, name).name)
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

function passing<Row>(list: List<Row>, rows: readonly Row[], options: ListOptions): readonly Row[] {
  const { filter = [], operator = 'AND' } = options
  const holds = (row: Row) => (condition: Condition) => passes(list, row, condition)
  if (operator === 'OR' && filter.length > 0) return rows.filter((row) => filter.some(holds(row)))
  return rows.filter((row) => filter.every(holds(row)))
}

/** Takes the place of what stood on the terminal. */
const CLEAR = '\x1b[H\x1b[2J'

/** Prints the rows that pass: whole documents with `-j`, `-x`, `-y`, else the columns as a table or CSV. */
export function printList<Row>(cli: Cli, list: List<Row>, rows: readonly Row[], options: ListOptions): void {
  const { delay, json, writer } = options
  const { xml } = list
  const shown = passing(list, rows, options)
  if (delay !== undefined) cli.repeat(delay)
  if (writer) cli.ports.stdout(writer(shown, xml && (() => [xml.pool, shown.map(xml.row)])))
  else if (json) cli.ports.stdout(`${jsonText(shown)}\n`)
  else
    cli.ports.stdout(
      `${delay !== undefined && cli.ports.isTty ? CLEAR : ''}${rowsText(cli, list, shown, options)}`,
    )
}

function rowsText<Row>(cli: Cli, list: List<Row>, rows: readonly Row[], options: ListOptions): string {
  const { csv, csvDel = ',', header = true, size, expand } = options
  const columns = (options.list ?? list.shown).map((name) => findColumn(list, name))
  const limit = cli.ports.isTty ? cli.ports.columns : null
  const text = csv
    ? csvText(columns, rows, csvDel, header)
    : tableText(columns, rows, limit, {
        header,
        ...(size && { sizes: size }),
        ...(expand && { expand: expand === true ? new Map() : expand }),
      })
  return text === '' ? '' : `${text}\n`
}
