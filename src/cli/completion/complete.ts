/** `berth __complete WORD...`: what could stand in place of the last word, from the tree of commands and, for names, the API. */
import type { Argument, Command, Option } from 'commander'
import type { Cli } from '../command.ts'
import { commandIndex } from '../global-options.ts'
import { GROUPS, isPassedOn } from '../groups.ts'
import { ColumnOption } from '../list/column-option.ts'
import { buildProgram } from '../program.ts'
import { afterComma, type Candidate, type Candidates, isOfferable, plain } from './candidate.ts'
import { namesOf } from './names.ts'

/** Somebody holds down the Tab key. */
const LONGEST_MS = 3000

/** Prints `words` or `files`, then one candidate a line: the value, a tab, what it is. Never fails, and says nothing else. */
export async function complete(words: readonly string[], cli: Cli): Promise<void> {
  const found = await inTime(cli, candidates(words, cli))
  if (found === 'files') return cli.ports.stdout('files\n')
  const current = words.at(-1) ?? ''
  const lines = found
    .filter(({ value }) => value.startsWith(current) && (value.startsWith('-') || isOfferable(value)))
    .map(({ value, about }) => `${value}\t${about.replace(/\p{Cc}/gu, ' ').trim()}\n`)
  cli.ports.stdout(`words\n${lines.join('')}`)
}

async function inTime(cli: Cli, work: Promise<Candidates>): Promise<Candidates> {
  const done = new AbortController()
  const quiet = work.catch((): Candidates => []).finally(() => done.abort())
  return Promise.race([
    quiet,
    cli.ports
      .pause(LONGEST_MS, done.signal)
      .then((): Promise<Candidates> | Candidates => (done.signal.aborted ? quiet : [])),
  ])
}

async function candidates(words: readonly string[], cli: Cli): Promise<Candidates> {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const index = commandIndex(before)
  const group = GROUPS.find(({ name }) => name === before[index])
  const program = await buildProgram(cli, (name) => name === group?.name)
  if (index === -1) return place(cli, { root: program, command: program, words: before, current })
  if (group === undefined) return []
  if (isPassedOn(group))
    return before.length === index + 1 && group.words.length > 0 ? plain(group.words) : 'files'
  const command = program.commands.find((one) => one.name() === group.name)
  if (command === undefined) return []
  return place(cli, { root: program, command, words: before.slice(index + 1), current })
}

interface Place {
  readonly root: Command
  /** A group, or what `words` begin below. */
  readonly command: Command
  readonly words: readonly string[]
  readonly current: string
}

const optionOf = (root: Command, command: Command, word: string): Option | undefined =>
  [...command.options, ...root.options].find(({ short, long }) => word === short || word === long)

/** Goes through the words that stand: options with their values, commands, arguments. */
async function place(cli: Cli, { root, command: top, words, current }: Place): Promise<Candidates> {
  let command = top
  let waiting: Option | undefined
  const given: string[] = []
  for (const word of words) {
    const option = waiting === undefined && word.startsWith('-') ? optionOf(root, command, word) : undefined
    const below = command.commands.find((one) => one.name() === word)
    if (waiting !== undefined) waiting = undefined
    else if (word.startsWith('-')) waiting = option?.required ? option : undefined
    else if (below !== undefined) command = below
    else given.push(word)
  }
  const spot = { cli, root, command, given, current }
  if (waiting !== undefined) return optionValues(spot, waiting, current)
  const [, long = '', value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? []
  if (value !== undefined)
    return withPrefix(`${long}=`, await optionValues(spot, optionOf(root, command, long), value))
  if (current.startsWith('-')) return flags(root, command)
  if (command.commands.length > 0) return commandNames(command)
  return argumentValues(spot)
}

interface Spot {
  readonly cli: Cli
  readonly root: Command
  readonly command: Command
  /** Arguments before it. */
  readonly given: readonly string[]
  readonly current: string
}

const commandNames = (command: Command): readonly Candidate[] =>
  command.commands.map((one) => ({ value: one.name(), about: one.summary() || one.description() }))

function flags(root: Command, command: Command): readonly Candidate[] {
  const options = [...new Set([...command.options, ...root.options])].filter(({ hidden }) => !hidden)
  const known = options.map(({ long, short, description }) => ({
    value: long ?? short ?? '',
    about: description,
  }))
  return [...known, { value: '--help', about: 'display help for command' }]
}

const groupOf = ({ root, command }: Spot): string => {
  const parent = command.parent === root || command.parent === null ? command : command.parent
  return parent === root ? '' : parent.name()
}

function argumentsBefore({ command, given }: Spot): ReadonlyMap<string, string> {
  return new Map(
    command.registeredArguments.flatMap((argument, at) => {
      const value = given[at]
      return value === undefined ? [] : [[argument.name(), value]]
    }),
  )
}

async function argumentValues(spot: Spot): Promise<Candidates> {
  const { cli, command, given, current } = spot
  const argument: Argument | undefined = command.registeredArguments[given.length]
  if (argument === undefined) return []
  if (argument.argChoices !== undefined) return plain(argument.argChoices)
  // What is being made gets a name that nobody has.
  if (['add', 'create'].includes(command.name()) && argument.name() !== 'file') return []
  const names = await namesOf(cli, argument.name(), groupOf(spot), argumentsBefore(spot))
  // A template is stored, or a file.
  const isFile =
    ['check', 'fit'].includes(command.name()) &&
    names !== 'files' &&
    !names.some(({ value }) => value.startsWith(current))
  return isFile ? 'files' : names
}

function optionValues(
  spot: Spot,
  option: Option | undefined,
  current: string,
): Promise<Candidates> | Candidates {
  if (option === undefined) return []
  if (option instanceof ColumnOption) return afterComma(current, option.columns)
  if (option.argChoices !== undefined) return plain(option.argChoices)
  const [, kind = ''] = /[<[]([a-z]+)/.exec(option.flags) ?? []
  return namesOf(spot.cli, kind, option.long === '--context' ? '' : '-', argumentsBefore(spot))
}

const withPrefix = (prefix: string, found: Candidates): Candidates =>
  found === 'files' ? found : found.map(({ value, about }) => ({ value: `${prefix}${value}`, about }))
