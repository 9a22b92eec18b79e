/** `probe usage`: which devices the host itself needs, and for what. */

import { shortAddress } from '../../src/model/address.ts'
import { readArguments } from '../arguments.ts'
import { table } from '../format/table.ts'
import { readHostName } from '../host-identity.ts'
import type { ProbeIo } from '../io.ts'
import { probePci } from '../pci/probe.ts'
import { isOwnMount } from '../read.ts'
import { mergeUsage } from './evidence.ts'
import { gpuUsage } from './gpus.ts'
import { openFilesOf } from './open-files.ts'
import { domainUsage, hostEvidence, hostUsage } from './usage.ts'

const HELP = `berth probe usage - list the PCI devices that this host itself uses, and why

  --sysfs DIR   the sysfs mount to read (default /sys)
  --proc DIR    the proc mount to read (default /proc)
  --uri URI     libvirt to ask for running domains (default qemu:///system; not asked about another sysfs)
  -j, --json    one document

Examples:
  $ berth probe usage
  $ berth probe usage --json
`

/** Exit status 0. InvalidInput, NotFound, CommandFailed are thrown. */
export async function usageCommand(argv: readonly string[], io: ProbeIo): Promise<number> {
  const options = readArguments(argv, {
    sysfs: { type: 'string' },
    proc: { type: 'string' },
    uri: { type: 'string' },
    json: { type: 'boolean', short: 'j' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help === true) {
    io.stdout(HELP)
    return 0
  }
  const { sysfs = '/sys', proc = '/proc' } = options
  const warn = (message: string) => io.stderr(`berth probe usage: ${message}\n`)
  const uri = options.uri ?? (isOwnMount(sysfs, '/sys') ? 'qemu:///system' : null)
  const domains = uri === null ? null : await (await import('./domains.ts')).askDomains(uri, warn)
  const openFiles = openFilesOf(proc, warn)
  const devices = probePci(sysfs, warn)
  const usage = mergeUsage([
    ...hostUsage(sysfs, devices, hostEvidence(sysfs, proc, openFiles)),
    ...gpuUsage(sysfs, proc, devices, openFiles),
    ...domainUsage(domains ?? []),
  ])
  if (options.json === true)
    io.stdout(`${JSON.stringify({ schema: 'berth.usage/1', host: readHostName(proc), usage })}\n`)
  else
    io.stdout(
      table(
        ['ADDR', 'REASON', 'DETAIL'],
        usage.map(({ address, reason, detail }) => [shortAddress(address), reason, detail]),
      ),
    )
  return 0
}
