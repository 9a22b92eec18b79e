/** `probe pci`: this host's PCI devices as a table, as JSON or as OpenNebula's monitoring reads them. */
import { readArguments, UsageError } from '../arguments.ts'
import { jsonInventory } from '../format/json.ts'
import { deviceTable } from '../format/table.ts'
import { readBootId, readHostName } from '../host-identity.ts'
import type { ProbeIo } from '../io.ts'
import { isOwnMount } from '../read.ts'
import { findPciIds, PCI_IDS_FILES, pciNames } from './names.ts'
import type { ProbedDevice } from './parse.ts'
import { named, probePci } from './probe.ts'
import { nameSelected, readSelection, selectDevices } from './selection.ts'

export const PCI_HELP = `berth probe pci - list this host's PCI devices

  --sysfs DIR          the sysfs mount to read (default /sys)
  --filter F           [VENDOR]:[DEVICE][:CLASS[:PROG-IF]], hexadecimal, * or nothing = any, x = any digit of a
                       class; several by commas or by repeating it; without a filter: all
  --short-address A    only the device at this address (3b:00.0); repeatable
  --device-name REGEX  only devices whose name fits, case ignored; repeatable
  --config FILE        take filter, addresses and names from OpenNebula's pci.conf
  --format FORMAT      table (default), json or opennebula
  --iommu              with opennebula: IOMMU group, its members, driver, resets and PF as extra keys
  --pci-ids FILE       the database of names (default: where distributions put it)
  -j, --json           the same as --format json

Examples:
  $ berth probe pci
  $ berth probe pci --filter 10de::03xx,15b3: --format json
  $ berth probe pci --config /etc/one/pci.conf --format opennebula
`

const OPTIONS = {
  sysfs: { type: 'string' },
  filter: { type: 'string', multiple: true },
  format: { type: 'string' },
  'pci-ids': { type: 'string' },
  config: { type: 'string' },
  'short-address': { type: 'string', multiple: true },
  'device-name': { type: 'string', multiple: true },
  iommu: { type: 'boolean' },
  json: { type: 'boolean', short: 'j' },
  help: { type: 'boolean', short: 'h' },
} as const

const FORMATS = ['table', 'opennebula', 'json'] as const

/** Exit status 0; what can't be used is thrown (UsageError, InvalidInput, NotFound, CommandFailed). */
export async function pciCommand(argv: readonly string[], io: ProbeIo): Promise<number> {
  const options = readArguments(argv, OPTIONS)
  if (options.help === true) {
    io.stdout(PCI_HELP)
    return 0
  }
  const warn = (message: string) => io.stderr(`berth probe pci: ${message}\n`)
  const format = formatOf(options.format ?? (options.json === true ? 'json' : 'table'))
  if (options.iommu === true && format !== 'opennebula')
    throw new UsageError('wrong-usage', '--iommu adds keys to --format opennebula only; json has them all')
  const selection = await readSelection(options, warn)
  const sysfs = options.sysfs ?? '/sys'
  const pciIds = findNames(options['pci-ids'])
  if (format === 'opennebula') {
    // Needs node:crypto, which the others' callers should not wait for.
    const { readInventory } = await import('../opennebula/inventory.ts')
    io.stdout(readInventory({ sysfs, pciIds, selection, iommu: options.iommu === true }, warn))
    return 0
  }
  const name = pciNames(pciIds)
  const devices = selectDevices(probePci(sysfs, warn), selection)
    .map((device) => named(device, name))
    .filter((device) => nameSelected(device, selection))
  io.stdout(format === 'table' ? deviceTable(devices) : asJson(sysfs, devices))
  return 0
}

function formatOf(text: string): (typeof FORMATS)[number] {
  const format = FORMATS.find((candidate) => candidate === text)
  if (format !== undefined) return format
  throw new UsageError('wrong-usage', `unknown format "${text}"; there are ${FORMATS.join(', ')}`, { text })
}

function findNames(file: string | undefined): string | null {
  if (file === undefined) return findPciIds(PCI_IDS_FILES)
  const found = findPciIds([file])
  if (found === null) throw new UsageError('wrong-usage', `--pci-ids: ${file} does not exist`, { file })
  return found
}

/** Another machine's tree says nothing of its boot, and this machine's boot nothing of it. */
function asJson(sysfs: string, devices: readonly ProbedDevice[]): string {
  const bootId = isOwnMount(sysfs, '/sys') ? readBootId('/proc') : null
  return jsonInventory(readHostName('/proc'), bootId, devices)
}
