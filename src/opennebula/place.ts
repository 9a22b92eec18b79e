/** `berth opennebula place`: one cycle of OpenNebula 7's scheduler driver: pools in, a plan out, messages on standard error. */
import { join } from 'node:path'
import { BerthError } from '../model/errors.ts'
import { readArguments, wrongUsage } from './arguments.ts'
import type { OpenNebulaIo } from './command.ts'
import { readInput } from './input.ts'
import { oneLine } from './placement/message.ts'
import { planPools } from './placement/plan.ts'
import { planXml } from './plan-xml.ts'
import { configurationFolder, loadPolicy } from './policy-file.ts'
import { readAction } from './xml/action.ts'

const USAGE = `Usage: berth opennebula place [--conf FILE] < INPUT

Plans OpenNebula 7's pending VMs, as its scheduler driver asks: INPUT is SCHEDULER_DRIVER_ACTION, in base64 or bare; the plan goes
to standard output, "ERROR: VM MESSAGE" for each VM that waits to standard error. OpenNebula runs it itself once
"berth opennebula install-scheduler" has set it up.

  --conf FILE   limits and default ranks (default: schedulers/rank.conf in OpenNebula's configuration folder)
  -h, --help    print this help

Exit status: 0 planned (whatever waits), 1 input or configuration that cannot be read (the plan is empty then), 2 wrong usage.

Examples:
  $ berth opennebula place < captured-input
  $ berth opennebula place --conf test.conf < captured-input
`

/** Exit status: 0, 1 or 2 as the usage tells. */
export async function placeCommand(argv: readonly string[], io: OpenNebulaIo): Promise<number> {
  const options = readArguments(argv, {
    conf: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (typeof options === 'string') return wrongUsage('place', options, io.stderr)
  if (options.values.help) {
    io.stdout(USAGE)
    return 0
  }
  if (options.positionals.length > 0) return wrongUsage('place', 'expected no argument', io.stderr)
  try {
    await planInput(options.values.conf ?? null, io)
    return 0
  } catch (error) {
    io.stdout(planXml([]))
    if (!(error instanceof BerthError)) throw error
    // Without "ERROR:" in front: the driver hands such lines of a failed run to OpenNebula's own log.
    io.stderr(`berth opennebula place: ${oneLine(error.message)}\n`)
    return 1
  }
}

async function planInput(conf: string | null, io: OpenNebulaIo): Promise<void> {
  const usual = join(configurationFolder(io.environment), 'schedulers', 'rank.conf')
  const policy = await loadPolicy(conf, usual)
  const plan = planPools(readAction(await readInput(io.stdin)), policy)
  io.stdout(planXml(plan.placements))
  io.stderr(policy.warnings.map((warning) => `WARN: ${oneLine(warning)}\n`).join(''))
  io.stderr(plan.warnings.map(({ vm, message }) => `WARN: ${vm} ${oneLine(message)}\n`).join(''))
  io.stderr(plan.waiting.map(({ vm, message }) => `ERROR: ${vm} ${message}\n`).join(''))
}
