/** Runs a plan's commands, one after the other, and stops at the first that fails. */
import { execa } from 'execa'
import type { Command } from './edit.ts'

export interface Ran {
  readonly command: Command
  /** Null = it could not be started. */
  readonly exitStatus: number | null
  /** Standard output and error as they came. */
  readonly output: string
}

export interface Runs {
  readonly ran: readonly Ran[]
  /** The one that failed first, and those that were not begun. */
  readonly remaining: readonly Command[]
}

/** `run` gives what one command did; it never rejects. */
export async function runCommands(
  commands: readonly Command[],
  run: (command: Command) => Promise<Ran>,
): Promise<Runs> {
  const ran: Ran[] = []
  for (const [index, command] of commands.entries()) {
    const outcome = await run(command)
    ran.push(outcome)
    if (outcome.exitStatus !== 0) return { ran, remaining: commands.slice(index) }
  }
  return { ran, remaining: [] }
}

/** Without a shell and without a time limit: an initramfs for each of many kernels takes minutes. */
export async function runHere(command: Command): Promise<Ran> {
  const [program = '', ...args] = command.argv
  const { exitCode, all, shortMessage } = await execa(program, args, {
    ...{ reject: false, all: true, stdin: 'ignore' },
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` },
  })
  return { command, exitStatus: exitCode ?? null, output: all ?? shortMessage ?? '' }
}
