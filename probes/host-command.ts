/** `probe host`: the whole report as the controller takes it in, JSON only. */
import { hostReportToDocument } from '../src/model/host-report-document.ts'
import { fromCommandLine, readArguments } from './arguments.ts'
import type { ProbeIo } from './io.ts'
import { parseFilter } from './pci/filter.ts'
import { isOwnMount } from './read.ts'
import { probeHost } from './report.ts'

const HELP = `berth probe host - everything that a controller learns of this host, one JSON document

  --sysfs DIR      the sysfs mount to read (default /sys)
  --proc DIR       the proc mount to read (default /proc)
  --filter F       which devices are offered (default: all); see berth probe pci --help
  --pci-ids FILE   the database of names (default: where distributions put it)
  --uri URI        libvirt to ask for running domains (default qemu:///system; not asked about another sysfs)
  -j, --json       accepted; there is no other format

Example:
  $ berth probe host --filter 10de: > report.json
`

/** Exit status 0. InvalidInput, NotFound, CommandFailed are thrown. */
export async function hostCommand(argv: readonly string[], io: ProbeIo): Promise<number> {
  const options = readArguments(argv, {
    sysfs: { type: 'string' },
    proc: { type: 'string' },
    filter: { type: 'string', multiple: true },
    'pci-ids': { type: 'string' },
    uri: { type: 'string' },
    json: { type: 'boolean', short: 'j' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help === true) {
    io.stdout(HELP)
    return 0
  }
  const { sysfs = '/sys', proc = '/proc' } = options
  const warn = (message: string) => io.stderr(`berth probe host: ${message}\n`)
  const filter = options.filter?.join(',') ?? null
  if (filter !== null) fromCommandLine(() => parseFilter(filter))
  const uri = options.uri ?? (isOwnMount(sysfs, '/sys') ? 'qemu:///system' : null)
  const report = await probeHost({
    sysfs,
    proc,
    filter,
    pciIdsFile: options['pci-ids'] ?? null,
    listDomains: uri === null ? null : await domainLister(uri),
    warn,
  })
  io.stdout(`${JSON.stringify(hostReportToDocument(report))}\n`)
  return 0
}

async function domainLister(uri: string) {
  const { runningDomains } = await import('../src/libvirt/running-domains.ts')
  const { createVirsh } = await import('../src/libvirt/virsh.ts')
  const virsh = createVirsh({ uri })
  return () => runningDomains(virsh)
}
