/** Shows a plan and, where asked to, writes it and runs its commands. */
import { Conflict } from '../model/errors.ts'
import { applyEdits, commandsDone } from './apply.ts'
import type { Mode, PrepareIo } from './command.ts'
import { type Progress, prepareDocument } from './document.ts'
import type { Command } from './edit.ts'
import { exclusively } from './lock.ts'
import { readManifest } from './manifest.ts'
import {
  byHandCheckText,
  checkText,
  commandLine,
  commandsText,
  failureText,
  planText,
  rebootText,
} from './output.ts'
import type { HostPlan } from './plan.ts'
import { type Runs, runCommands } from './run-commands.ts'

/** The exit status. Conflict `prepare-unknown-system` where an unknown system is to be written to; errors of `exclusively` and `applyEdits`. */
export async function carryOut(
  plan: HostPlan,
  mode: Mode,
  apply: boolean,
  argv: readonly string[],
  io: PrepareIo,
): Promise<number> {
  const print = (text: string) => (mode.json ? undefined : io.stdout(text))
  const commands = withPending(mode, plan)
  const idle = plan.edits.length + commands.length + plan.byHand.length === 0
  const planned: Progress = {
    state: idle ? 'nothing-to-do' : 'planned',
    restored: [],
    commands,
    ran: [],
    remaining: commands,
  }
  if (idle) {
    print(
      `Nothing to do: nothing that can be written is missing; berth doctor tells what else is.\n${plan.notes.map((note) => `! ${note}\n`).join('')}`,
    )
    return finish(plan, mode, planned, io)
  }
  print(planText(plan))
  print(commandsText(apply && mode.run ? 'Then:' : 'Then, in this order:', commands))
  if (apply && plan.system.family === 'unknown') throw unknownSystem(plan)
  const writes = plan.edits.length + commands.length > 0
  if (apply && writes)
    return exclusively(mode.root, (madeFolders) => written(plan, commands, mode, madeFolders, io))
  print(writes ? afterText(plan) : byHandCheckText(plan.reboot, plan.check))
  print(`\nNothing was changed; ${hint(argv, plan, writes)}\n`)
  return finish(plan, mode, planned, io)
}

const afterText = ({ reboot, check }: HostPlan): string => (reboot ? rebootText(check) : checkText(check))

async function written(
  plan: HostPlan,
  commands: readonly Command[],
  mode: Mode,
  madeFolders: readonly string[],
  io: PrepareIo,
): Promise<number> {
  const print = (text: string) => (mode.json ? undefined : io.stdout(text))
  const foreign = applyEdits(mode.root, plan, mode.run, () => {}, madeFolders)
  if (plan.edits.length > 0) print(WRITTEN)
  if (foreign.length > 0) io.stderr(foreignText(foreign))
  const { ran, remaining } = mode.run ? await runAll(commands, mode, io) : { ran: [], remaining: commands }
  const failed = mode.run && remaining.length > 0
  if (!mode.run && commands.length > 0) print('The commands above were not run: run them on the host.\n')
  if (plan.byHand.length > 0) print(BY_HAND)
  if (!failed) print(afterText(plan))
  finish(plan, mode, { state: 'applied', restored: [], commands, ran, remaining }, io)
  return failed ? 1 : 0
}

const WRITTEN = '\nWritten. The originals are kept; berth prepare --undo puts them back.\n'
const BY_HAND = '\nStill to be done by hand, before the reboot: see above.\n'

const foreignText = (paths: readonly string[]): string =>
  `berth prepare: changed by somebody else since Berth wrote it: ${paths.join(', ')}. --undo will stop there and say how to go on.\n`

function finish(plan: HostPlan, mode: Mode, progress: Progress, io: PrepareIo): number {
  if (mode.json) io.stdout(`${JSON.stringify(prepareDocument(mode.root, plan, progress))}\n`)
  return 0
}

/** Those that an earlier run left, and the plan's own. */
function withPending(mode: Mode, plan: HostPlan): readonly Command[] {
  const pending = mode.run ? (readManifest(mode.root)?.pending ?? []) : []
  const own = new Set(plan.commands.map(({ argv }) => argv.join('\0')))
  return [...pending.filter(({ argv }) => !own.has(argv.join('\0'))), ...plan.commands]
}

/** Told as they go: they take minutes. */
export async function runAll(commands: readonly Command[], mode: Mode, io: PrepareIo): Promise<Runs> {
  const tell = mode.json ? io.stderr : io.stdout
  const runs = await runCommands(commands, (command) => {
    tell(`running ${commandLine(command)}\n`)
    return io.runCommand(command)
  })
  commandsDone(mode.root, runs.remaining)
  const last = runs.ran.at(-1)
  if (runs.remaining.length > 0 && last !== undefined)
    io.stderr(
      `berth prepare: ${failureText(last)}The files are written. Mend it, then run these, or the same command again:\n${runs.remaining.map((command) => `  ${commandLine(command)}\n`).join('')}`,
    )
  return runs
}

function hint(argv: readonly string[], plan: HostPlan, writes: boolean): string {
  if (plan.system.family === 'unknown') return 'on this system Berth writes nothing by itself.'
  if (!writes) return '--apply writes nothing of what is done by hand.'
  const words = argv.filter((word) => word !== '--json' && word !== '-j')
  const command = commandLine({ argv: ['berth', 'prepare', ...words, '--apply'], why: '' })
  return `\`${command}\` writes it${plan.byHand.length > 0 ? ', except for what is done by hand' : ''}`
}

function unknownSystem({ system }: HostPlan): Conflict {
  return new Conflict(
    'prepare-unknown-system',
    `${system.name} is neither of the Debian nor of the Red Hat family: make the changes above by hand. Nothing was changed.`,
    { system: system.name },
  )
}
