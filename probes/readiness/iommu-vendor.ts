/** What each kind of IOMMU is called: by the firmware, the kernel's command line and configuration, and the firmware's setup. Pure. */
import { hasParameter } from './command-line.ts'
import type { ReadinessFacts } from './facts.ts'
import type { KernelConfig } from './kernel-config.ts'

type Parameter = readonly [name: string, value: string]

export interface IommuVendor {
  /** ACPI table that describes it; null = none does. */
  readonly table: string | null
  /** What asks for it on the kernel's command line; null = it is on unless switched off. */
  readonly on: Parameter | null
  /** Configuration options any of which has it on without being asked for (drivers/iommu/intel/Kconfig). */
  readonly defaultOn: readonly string[]
  /** What switches it off there (Documentation/admin-guide/kernel-parameters.txt). */
  readonly off: readonly Parameter[]
  /** Configuration options of its drivers: one of them is enough; [] = not known. */
  readonly options: readonly string[]
  /** What they drive. */
  readonly driver: string
  /** What to do in the firmware's setup. */
  readonly setting: string
}

const ANY_OFF: readonly Parameter[] = [['iommu', 'off']]

const INTEL: IommuVendor = {
  table: 'DMAR',
  on: ['intel_iommu', 'on'],
  defaultOn: ['INTEL_IOMMU_DEFAULT_ON', 'INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF'],
  off: [['intel_iommu', 'off'], ...ANY_OFF],
  options: ['INTEL_IOMMU'],
  driver: "Intel's IOMMU",
  setting: 'switch "VT-d" (Intel Virtualization Technology for Directed I/O) on in the firmware setup',
}

const AMD: IommuVendor = {
  table: 'IVRS',
  on: null,
  defaultOn: [],
  off: [['amd_iommu', 'off'], ...ANY_OFF],
  options: ['AMD_IOMMU'],
  driver: "AMD's IOMMU",
  setting: 'switch "IOMMU" (AMD-Vi; "Enabled", not "Auto", on some boards) on in the firmware setup',
}

const ARM: IommuVendor = {
  table: 'IORT',
  on: null,
  defaultOn: [],
  off: [],
  options: ['ARM_SMMU_V3', 'ARM_SMMU'],
  driver: 'its SMMU',
  setting:
    'switch the SMMU on in the firmware setup, and have the firmware describe it (ACPI IORT or device tree)',
}

const VIRTIO: IommuVendor = {
  table: 'VIOT',
  on: null,
  defaultOn: [],
  off: ANY_OFF,
  options: ['VIRTIO_IOMMU'],
  driver: "virtio's IOMMU",
  setting: 'have the host of this virtual machine give it an IOMMU that its kernel knows',
}

const OTHER: IommuVendor = {
  table: null,
  on: null,
  defaultOn: [],
  off: ANY_OFF,
  options: [],
  driver: 'its IOMMU',
  setting: 'switch the IOMMU ("VT-d" with Intel, "IOMMU" or "AMD-Vi" with AMD) on in the firmware setup',
}

/** ACPI tables that describe an IOMMU; VIOT a virtual one of virtio. */
export const IOMMU_TABLES = ['DMAR', 'IVRS', 'IORT', 'VIOT'] as const

/** By the firmware's tables (an emulated board may pair any of them with any processor), else by the processor. */
export function iommuVendor({
  cpu,
  tables,
  log,
}: Pick<ReadinessFacts, 'cpu' | 'tables' | 'log'>): IommuVendor {
  const described = tables ?? log()?.tables ?? []
  const vendor = [INTEL, AMD, VIRTIO, ARM].find(({ table }) => table !== null && described.includes(table))
  if (vendor !== undefined) return vendor
  if (cpu?.arch === 'arm64') return ARM
  if (cpu?.vendor === 'intel') return INTEL
  return cpu?.vendor === 'amd' ? AMD : OTHER
}

/** Whether the kernel was built with a driver for it; true where that is not known. */
export function hasDriver(config: KernelConfig, { options }: IommuVendor): boolean {
  return options.length === 0 || options.some((name) => config.has(name))
}

/** Who switched it on: the command line, or the kernel by itself; null = nobody, as far as can be told. */
export function switchedOnBy(
  vendor: IommuVendor,
  facts: Pick<ReadinessFacts, 'commandLine' | 'config'>,
): string | null {
  const { on, defaultOn } = vendor
  if (on === null) return 'on by default'
  if (hasParameter(facts.commandLine(), ...on)) return `${on.join('=')} on the command line`
  const option = defaultOn.find((name) => facts.config?.options?.get(name) === 'y')
  return option === undefined ? null : `on by default (CONFIG_${option})`
}
