/** `iommu.dma-remapping`: judged by devices that are in IOMMU groups, not by the kernel's words; what is wrong by all there is. Pure. */
import type { Check, Need } from '../../src/model/readiness.ts'
import type { BootLog } from './boot-log.ts'
import { check, PREPARE, withRemedy } from './check.ts'
import { hasParameter } from './command-line.ts'
import type { ReadinessFacts } from './facts.ts'
import { hasDriver, IOMMU_TABLES, type IommuVendor, iommuVendor, switchedOnBy } from './iommu-vendor.ts'

const ID = 'iommu.dma-remapping'

export function dmaRemappingCheck(facts: ReadinessFacts): Check {
  const { pci, iommus } = facts
  if (pci !== null && pci.grouped > 0) {
    const units = iommus === null || iommus.length === 0 ? '' : `; IOMMUs: ${namesOf(iommus)}`
    const by = switchedOnBy(iommuVendor(facts), facts)
    return check(
      ID,
      true,
      'ok',
      `${pci.grouped} of ${pci.devices} PCI devices are in IOMMU groups (${pci.groups} of them)${units}${by === null ? '' : `; ${by}`}`,
    )
  }
  const log = facts.log()
  if (log !== null && log.groupedDevices > 0)
    return check(
      ID,
      true,
      'ok',
      `the boot log puts PCI devices into IOMMU groups: ${log.groupedDevices} into ${log.groups}`,
    )
  if (pci !== null && pci.devices > 0)
    return missing(facts, log, `none of the ${pci.devices} PCI devices is in an IOMMU group`)
  if (log === null) return check(ID, true, 'unknown', 'neither PCI devices nor a boot log to judge by')
  if (log.failures.length > 0 || log.fromStart || log.showsIommuStart)
    return missing(facts, log, 'the boot log puts no device into an IOMMU group')
  if (log.intelStarted)
    return check(ID, true, 'ok', 'the boot log says that the kernel has set up Intel DMA remapping')
  return check(
    ID,
    true,
    'unknown',
    'the boot log is not whole: of what the IOMMU did when the host started it says nothing',
  )
}

/** Many of them are told by how many. */
function namesOf(units: readonly { readonly name: string }[]): string {
  const names = units.slice(0, 4).map(({ name }) => name)
  return units.length > names.length
    ? `${names.join(', ')} and ${units.length - names.length} more`
    : names.join(', ')
}

function missing(facts: ReadinessFacts, log: BootLog | null, seen: string): Check {
  const vendor = iommuVendor(facts)
  const [failure] = log?.failures ?? []
  const parts = [
    seen,
    ...tableEvidence(facts, log),
    ...(log?.askedFor ? ['"IOMMU enabled" in the boot log says only that the command line asks for it'] : []),
    ...(failure === undefined ? [] : [`the boot log says "${failure}"`]),
  ]
  const { remedy, needs } = remedyOf(facts, log, vendor)
  return withRemedy(check(ID, true, 'missing', parts.join('; ')), remedy, needs)
}

/** The table with which the firmware describes an IOMMU; '' = it has none; null = nothing tells. */
function describedBy(facts: ReadinessFacts, log: BootLog | null): string | null {
  const found = IOMMU_TABLES.find((table) => (facts.tables ?? log?.tables ?? []).includes(table))
  if (found !== undefined) return found
  return facts.tables !== null || log?.fromStart ? '' : null
}

function tableEvidence(facts: ReadinessFacts, log: BootLog | null): readonly string[] {
  const table = describedBy(facts, log)
  if (table === null) return []
  return table === ''
    ? ['the firmware describes none (no ACPI table DMAR, IVRS or IORT)']
    : [
        table === 'IORT'
          ? 'the firmware has an ACPI table IORT, which may describe an SMMU'
          : `the firmware describes one (ACPI table ${table})`,
      ]
}

interface Remedy {
  readonly remedy: string
  readonly needs: readonly Need[]
}

function remedyOf(facts: ReadinessFacts, log: BootLog | null, vendor: IommuVendor): Remedy {
  const { config } = facts
  const commandLine = facts.commandLine()
  const off = vendor.off.filter(([name, value]) => hasParameter(commandLine, name, value))
  if (off.length > 0) {
    const parameters = off.map((parameter) => parameter.join('='))
    return {
      remedy: `take ${parameters.join(' and ')} off the kernel's command line${turnOn(vendor)}, then reboot: ${PREPARE}`,
      needs: [
        ...parameters.map((parameter) => ({ kind: 'no-kernel-parameter', parameter }) as const),
        ...onNeeds(vendor),
      ],
    }
  }
  if (describedBy(facts, log) === '') return noTable(facts, log, vendor)
  if (config?.options != null && !hasDriver(config.options, vendor))
    return {
      remedy: `this kernel is built without CONFIG_${vendor.options.join(' and CONFIG_')} (${config.file}): boot a kernel of the distribution`,
      needs: [],
    }
  if (vendor.on === null || switchedOnBy(vendor, facts) !== null)
    return {
      remedy: `${vendor.setting}; where it is on, the boot log (\`dmesg | grep -i -e dmar -e iommu -e amd-vi -e smmu\`) says what failed, and a firmware update is what helps`,
      needs: [],
    }
  const parameter = vendor.on.join('=')
  return {
    remedy: `add ${parameter} to the kernel's command line and reboot: ${PREPARE}. Where it is still missing then: ${vendor.setting}`,
    needs: onNeeds(vendor),
  }
}

const turnOn = ({ on }: IommuVendor) => (on === null ? '' : ` and add ${on.join('=')}`)

const onNeeds = ({ on }: IommuVendor): readonly Need[] =>
  on === null ? [] : [{ kind: 'kernel-parameter', parameter: on.join('=') }]

const GIVE_THE_GUEST_ONE =
  'this host is itself a virtual machine without an IOMMU: its own host must give it one (with libvirt: <iommu model="intel"><driver intremap="on"/></iommu>, and <ioapic driver="qemu"/>)'

function noTable({ cpu }: ReadinessFacts, log: BootLog | null, vendor: IommuVendor): Remedy {
  if (cpu?.guest === true || (cpu === null && log?.hypervisor != null))
    return { remedy: GIVE_THE_GUEST_ONE, needs: [] }
  const then =
    vendor.on === null ? '' : `; add ${vendor.on.join('=')} to the kernel's command line (${PREPARE})`
  return {
    remedy: `${vendor.setting}${then}, then start the machine anew; where the setup has no such entry, the board cannot pass devices`,
    needs: onNeeds(vendor),
  }
}
