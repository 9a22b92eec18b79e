/** OpenNebula's PCI probe as Berth replaces it on a host: finds pci.conf where the original finds it, and never fails for it. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { BerthError } from '../../src/model/errors.ts'
import type { ProbeIo } from '../io.ts'
import { findPciIds } from '../pci/names.ts'
import { readSelection } from '../pci/selection.ts'
import { readInventory } from './inventory.ts'

/**
 * Prints the devices. What is wrong with the configuration or with sysfs is told on standard error and prints none: a
 * status other than 0 would put the host in ERROR. OpenNebula's own arguments are ignored; `--iommu` adds keys, and
 * `--sysfs`, `--config`, `--pci-ids` are for trying it out. Rejects for programming errors only.
 */
export async function dropIn(argv: readonly string[], script: string, io: ProbeIo): Promise<void> {
  const warn = (message: string) => io.stderr(`berth pci probe: ${message}\n`)
  const { sysfs, config, 'pci-ids': pciIds, iommu } = knownOptions(argv)
  try {
    const selection = await readSelection({ config: config ?? configOf(script) }, warn)
    const names = pciIds === undefined ? null : findPciIds([pciIds])
    io.stdout(
      readInventory({ sysfs: sysfs ?? '/sys', pciIds: names, selection, iommu: iommu === true }, warn),
    )
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    warn(`${error.message}; no device is reported`)
  }
}

/** Whatever else OpenNebula passes is not looked at. */
function knownOptions(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      sysfs: { type: 'string' },
      config: { type: 'string' },
      'pci-ids': { type: 'string' },
      iommu: { type: 'boolean' },
    },
  })
  const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined)
  return {
    sysfs: text(values.sysfs),
    config: text(values.config),
    'pci-ids': text(values['pci-ids']),
    iommu: values.iommu,
  }
}

/** `im/kvm-probes.d/host/system/pci` has `etc/im/kvm-probes.d/pci.conf`: the set's name is in the path, links followed. */
function configOf(script: string): string {
  const folder = dirname(realpathSync(script))
  const set = basename(dirname(dirname(folder)))
  return join(folder, '../../../../etc/im', set, 'pci.conf')
}
