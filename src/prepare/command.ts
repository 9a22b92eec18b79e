/** `berth prepare`: shows what would be written, writes it, or takes it back. */
import { resolve } from 'node:path'
import { readArguments, UsageError } from '../../probes/arguments.ts'
import { systemErrorCode } from '../../probes/read.ts'
import { BerthError, CommandFailed } from '../model/errors.ts'
import type { Need } from '../model/readiness.ts'
import { carryOut } from './carry-out.ts'
import { type Choices, readChoices } from './choices.ts'
import type { Command } from './edit.ts'
import { HELP } from './help.ts'
import { makePlan } from './make-plan.ts'
import { requireFolder } from './root.ts'
import type { Ran } from './run-commands.ts'
import { takeBack } from './take-back.ts'

export interface PrepareIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** What `berth doctor` finds missing on the host below `root`. */
  readonly readNeeds: (root: string) => Promise<readonly Need[]>
  /** Runs one command of a plan; never rejects. */
  readonly runCommand: (command: Command) => Promise<Ran>
}

export interface Mode {
  readonly root: string
  readonly json: boolean
  /** Commands are run, and not only printed. */
  readonly run: boolean
}

const OPTIONS = {
  root: { type: 'string' },
  apply: { type: 'boolean' },
  undo: { type: 'boolean' },
  json: { type: 'boolean', short: 'j' },
  'no-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  device: { type: 'string', multiple: true },
  ids: { type: 'string', multiple: true },
  blacklist: { type: 'string', multiple: true },
  early: { type: 'boolean' },
  'allow-unsafe-interrupts': { type: 'boolean' },
  'iommu-passthrough': { type: 'boolean' },
  'qemu-user': { type: 'string' },
} as const

/** Exit status: 0 done or nothing to do, 1 refused or failed (the message says why), 2 wrong usage. Rejects for programming errors only. */
export async function runPrepare(argv: readonly string[], io: PrepareIo): Promise<number> {
  try {
    const options = readArguments(argv, OPTIONS)
    if (options.help === true) {
      io.stdout(HELP)
      return 0
    }
    const root = resolve(options.root ?? '/')
    const mode = { root, json: options.json === true, run: root === '/' && options['no-run'] !== true }
    if (options.undo === true) {
      requireAlone(argv)
      requireFolder(root)
      return await takeBack(mode, io)
    }
    const choices = readChoices(options)
    requireFolder(root)
    return await prepared(mode, choices, options.apply === true, argv, io)
  } catch (error) {
    const { message, status } = explained(error)
    io.stderr(`berth prepare: ${message}\n`)
    return status
  }
}

async function prepared(
  mode: Mode,
  choices: Choices,
  apply: boolean,
  argv: readonly string[],
  io: PrepareIo,
): Promise<number> {
  const needs = await io.readNeeds(mode.root)
  const warn = (message: string) => io.stderr(`berth prepare: ${message}\n`)
  return carryOut(makePlan(mode.root, needs, choices, warn), mode, apply, argv, io)
}

/** Everything that was written goes: choices would say nothing. */
function requireAlone(argv: readonly string[]): void {
  const others = argv.filter((word) => /^--(?!undo$|root\b|json$|no-run$)/.test(word))
  if (others.length > 0)
    throw new UsageError(
      'wrong-usage',
      `--undo takes back all that was written; ${others[0]} says nothing beside it`,
    )
}

function explained(error: unknown): { readonly message: string; readonly status: number } {
  if (error instanceof UsageError) return { message: error.message, status: 2 }
  if (error instanceof BerthError) {
    const denied = error.code === 'unreadable' && systemErrorCode(error.cause) === 'EACCES'
    return { message: denied ? `${error.message}; run it as root` : error.message, status: 1 }
  }
  const code = systemErrorCode(error)
  // Node's own codes (ERR_...) are programming errors.
  if (code === null || !/^E[A-Z0-9]+$/.test(code) || !(error instanceof Error)) throw error
  const denied = ['EACCES', 'EPERM'].includes(code) ? '; run it as root' : ''
  const failed = new CommandFailed(
    'prepare-io',
    `${error.message}${denied}. berth prepare --undo takes back what was written before.`,
    { code },
    error,
  )
  return { message: failed.message, status: 1 }
}
