/** `berth doctor`: is this machine ready to pass devices, what is missing, why it matters, and what to do. */
import type { Command } from 'commander'
import { missingChecks } from '../../model/readiness.ts'
import type { ReadinessDocument } from '../../view/documents.ts'
import { WHY_IT_MATTERS } from '../../view/readiness.ts'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { printable } from '../text/printable.ts'
import { page, section, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'

interface Options extends JsonOption {
  readonly root?: string
  readonly dmesg?: string
}

const AFTER = `
Exit status: 0 = ready, 1 = not ready. A check is ok, a warning, missing, or unknown (nothing tells either way); those
marked * must not be missing. Run it as root: the boot log and libvirt may not answer others.`

export function doctorCommand(command: Command, cli: Cli): void {
  leaf(
    command
      .option(
        '--root <dir>',
        'a tree of files of another host (DIR/sys, DIR/proc, DIR/etc ...), in place of this one',
      )
      .option('--dmesg <file>', "a file with the host's boot log")
      .addHelpText('after', AFTER),
    ['doctor', 'doctor --json', 'doctor --root ./collected --dmesg ./collected/dmesg.txt'],
  ).action(async (options: Options) => {
    const document = await cli.ports.doctor({ root: options.root ?? '/', bootLog: options.dmesg ?? null })
    print(cli, options, document, readinessText)
    cli.finish(document.ready ? 0 : 1)
  })
}

/** Checks line by line, what helps below each that is not ok, then the devices. */
export function readinessText(document: ReadinessDocument): string {
  const { host, ready, checks, devices } = document
  const verdict = ready ? 'ready' : `not ready, missing ${missingChecks(document).join(', ')}`
  const unknown = checks.filter(({ status, required }) => required && status === 'unknown').length
  const doubt =
    ready && unknown > 0 ? `, as far as can be told: ${unknown} of the required checks could not be made` : ''
  return page([
    section(`READINESS OF ${printable(host)}: ${verdict}${doubt}`, ['', ...checks.flatMap(checkLines)]),
    devices === null || devices.length === 0
      ? null
      : tableSection('DEVICES', tableText(COLUMNS, devices, null)),
  ])
}

function checkLines(check: ReadinessDocument['checks'][number]): readonly string[] {
  const { id, status, required, evidence, remedy } = check
  const line = `${status.padEnd(8)}${required ? '*' : ' '} ${id.padEnd(26)} ${printable(evidence)}`
  if (status === 'ok') return [line]
  const indent = ' '.repeat(10)
  return [
    line,
    ...(status === 'unknown' ? [] : [`${indent}why: ${WHY_IT_MATTERS[id]}`]),
    ...(remedy === null ? [] : [`${indent}do:  ${printable(remedy)}`]),
  ]
}

type DeviceRow = NonNullable<ReadinessDocument['devices']>[number]

const COLUMNS: readonly TableColumn<DeviceRow>[] = [
  { name: 'ADDR', width: 12, cell: ({ address }) => address },
  { name: 'TYPE', width: 14, cell: ({ type }) => type },
  { name: 'DRIVER', width: 10, cell: ({ driver }) => driver ?? '-' },
  { name: 'TO GIVE', width: 7, cell: ({ free }) => (free ? 'yes' : 'no') },
  { name: 'NAME', width: 20, cell: ({ name }) => name },
  { name: 'WHY NOT', width: 10, cell: ({ why }) => why },
]
