/** `berth opennebula install-scheduler`: makes Berth a scheduler that OpenNebula 7 can be told to use, and takes it away again. */
import { readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Conflict, InvalidInput } from '../model/errors.ts'
import { readArguments, wrongUsage } from './arguments.ts'
import type { OpenNebulaIo } from './command.ts'
import { changing, makeFolderLike, type Owner, replaceFile } from './files.ts'

const USAGE = `Usage: berth opennebula install-scheduler DIR [--undo]

Writes DIR/scheduler/berth/place, which OpenNebula 7 runs for its pending VMs once oned.conf says so. DIR is the front-end's folder
of remotes. Nothing else is changed. Running it again brings the file up to date.

  --undo       remove the file again; switch OpenNebula back first
  -h, --help   print this help

Examples:
  $ berth opennebula install-scheduler /var/lib/one/remotes
  $ berth opennebula install-scheduler /var/lib/one/remotes --undo
`

const MARK = '# Written by "berth opennebula install-scheduler"; "--undo" removes it.'

/** Exit status 0 or 2. Throws InvalidInput `no-remotes-folder`, Conflict `scheduler-foreign`, CommandFailed `remotes-unwritable`. */
export async function installSchedulerCommand(argv: readonly string[], io: OpenNebulaIo): Promise<number> {
  const options = readArguments(argv, {
    undo: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (typeof options === 'string') return wrongUsage('install-scheduler', options, io.stderr)
  if (options.values.help) {
    io.stdout(USAGE)
    return 0
  }
  const [folder, ...more] = options.positionals
  if (folder === undefined || more.length > 0)
    return wrongUsage('install-scheduler', 'expected one DIR', io.stderr)
  const file = placeFile(resolve(folder))
  io.stdout(options.values.undo ? uninstall(file) : install(file, io.distFile('berth.mjs')))
  return 0
}

/** The file to write, below a folder that has OpenNebula 7's schedulers. */
function placeFile(remotes: string): string {
  const schedulers = join(remotes, 'scheduler')
  const found = changing(schedulers, (path) => statSync(path, { throwIfNoEntry: false }))
  if (found?.isDirectory() !== true)
    throw new InvalidInput(
      'no-remotes-folder',
      `${remotes} has no folder scheduler: it is not the remotes folder of an OpenNebula 7 (usually /var/lib/one/remotes); for 6.8 to 6.10 there is "berth opennebula serve"`,
      { folder: remotes },
    )
  return join(schedulers, 'berth', 'place')
}

/** Owner and mode of the folder are those of the other schedulers' folder. OpenNebula may run the file at any moment: it is never there half written. */
function install(file: string, program: string): string {
  const text = scriptFor(program)
  const known = textOf(file)
  refuseForeign(file, known)
  if (known === text) return `${file} is in place already.\n${HOW_TO_SWITCH}`
  const schedulers = dirname(dirname(file))
  makeFolderLike(dirname(file), schedulers)
  replaceFile(file, text, { ...ownerOf(schedulers), mode: 0o755 })
  return `${known === null ? 'Wrote' : 'Brought up to date:'} ${file}\n${HOW_TO_SWITCH}`
}

function ownerOf(path: string): Owner {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

function uninstall(file: string): string {
  const known = textOf(file)
  if (known === null) return `There is no ${file}: nothing to undo.\n`
  refuseForeign(file, known)
  changing(file, () => rmSync(file))
  try {
    rmdirSync(dirname(file))
  } catch {
    // What somebody else put beside it stays.
  }
  return `Removed ${file}. SCHED_MAD in oned.conf must not name "-p berth" any more.\n`
}

function textOf(file: string): string | null {
  return changing(file, () =>
    statSync(file, { throwIfNoEntry: false }) === undefined ? null : readFileSync(file, 'utf8'),
  )
}

function refuseForeign(file: string, text: string | null): void {
  if (text !== null && !text.includes(MARK))
    throw new Conflict('scheduler-foreign', `${file} was not written by Berth: move it away first`, { file })
}

/** A shell script with both paths in it: OpenNebula's driver has a PATH of its own. A Node that was moved is looked for there. */
function scriptFor(program: string): string {
  return `#!/bin/sh
${MARK}
node=${quoted(process.execPath)}
[ -x "$node" ] || node=node
exec "$node" ${quoted(program)} opennebula place
`
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

const HOW_TO_SWITCH = `
To use it, let SCHED_MAD in /etc/one/oned.conf read (on every front-end of a highly available one), and restart opennebula:

  SCHED_MAD = [
      EXECUTABLE = "one_sched",
      ARGUMENTS  = "-t 15 -p berth -o one_drs"
  ]

To go back: "-p rank" in place of "-p berth", restart opennebula, then
"berth opennebula install-scheduler DIR --undo". Limits and default ranks stay in /etc/one/schedulers/rank.conf.
`
