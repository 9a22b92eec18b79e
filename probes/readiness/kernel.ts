/** `kernel.version` and `kernel.config`: old enough kernels have no VFIO, and others were built without it. Pure. */
import type { Check } from '../../src/model/readiness.ts'
import { check, withRemedy } from './check.ts'
import type { ReadinessFacts } from './facts.ts'
import { hasDriver, iommuVendor } from './iommu-vendor.ts'
import type { KernelConfig } from './kernel-config.ts'

/** VFIO came with 3.6, driver_override with 3.16, which binding one device and not all of its kind needs. */
const VFIO_SINCE = [3, 6] as const
const OVERRIDE_SINCE = [3, 16] as const

export function versionCheck(facts: ReadinessFacts): Check {
  const release = facts.release ?? facts.log()?.release ?? null
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? []
  if (release === null || major === undefined || minor === undefined)
    return check('kernel.version', false, 'unknown', 'nothing tells which kernel runs')
  const version = [Number(major), Number(minor)] as const
  if (before(version, VFIO_SINCE))
    return withRemedy(
      check('kernel.version', false, 'missing', `${release} is older than VFIO (Linux 3.6)`),
      'boot a newer kernel; 4.18 or later is what Berth is used with',
    )
  if (before(version, OVERRIDE_SINCE))
    return withRemedy(
      check(
        'kernel.version',
        false,
        'warning',
        `${release} may lack driver_override (Linux 3.16; some distributions added it)`,
      ),
      'Berth then binds by id, and only where no other device has the same; a newer kernel lifts that',
    )
  return check('kernel.version', false, 'ok', release)
}

type Version = readonly [major: number, minor: number]

const before = (one: Version, other: Version) =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1])

interface Option {
  readonly name: string
  /** Without it nothing is passed; else something of it is lost. */
  readonly essential: boolean
  readonly lost: string
}

/** drivers/vfio/Kconfig, drivers/iommu/Kconfig, drivers/pci/Kconfig, virt/kvm/Kconfig. */
const ALWAYS: readonly Option[] = [
  { name: 'VFIO', essential: true, lost: 'devices cannot be handed to programs' },
  { name: 'VFIO_PCI', essential: true, lost: 'there is no driver vfio-pci' },
  { name: 'VFIO_IOMMU_TYPE1', essential: true, lost: "QEMU cannot map a guest's memory for a device" },
  { name: 'PCI_IOV', essential: false, lost: 'virtual functions (SR-IOV) cannot be made' },
  { name: 'KVM', essential: false, lost: 'guests are emulated' },
]

const KVM_OPTION = { intel: 'KVM_INTEL', amd: 'KVM_AMD' } as const

/** Those of this processor and this IOMMU; of one that is not known none can be asked for. */
function ownOptions(facts: ReadinessFacts, config: KernelConfig): readonly Option[] {
  const { cpu } = facts
  const vendor = iommuVendor(facts)
  const name = vendor.options.join(' or CONFIG_')
  return [
    ...(hasDriver(config, vendor)
      ? []
      : [{ name, essential: true, lost: `there is no driver for ${vendor.driver}` }]),
    ...(cpu?.arch === 'x86'
      ? [{ name: 'IRQ_REMAP', essential: false, lost: 'interrupts cannot be remapped' }]
      : []),
    ...(cpu?.vendor == null || facts.has('dev/kvm')
      ? []
      : [{ name: KVM_OPTION[cpu.vendor], essential: false, lost: 'guests are emulated' }]),
  ]
}

export function configCheck(facts: ReadinessFacts): Check {
  const { config } = facts
  const id = 'kernel.config'
  if (config === null)
    return check(id, false, 'unknown', "the running kernel's configuration is neither in /boot nor in /proc")
  const { file, options } = config
  if (options === null)
    return check(id, false, 'unknown', `${file} is no whole configuration: it says nothing of PCI`)
  const absent = [...ALWAYS, ...ownOptions(facts, options)].filter(({ name }) => !isSet(options, name))
  if (absent.length === 0) {
    const modules = ALWAYS.slice(0, 3).filter(({ name }) => options.get(name) === 'm').length
    const how = modules === 0 ? 'built in' : modules === 3 ? 'as modules' : 'partly as modules'
    return check(id, false, 'ok', `${file} has all that is needed; VFIO ${how}`)
  }
  const lost = absent.map((option) => `CONFIG_${option.name} (${option.lost})`).join(', ')
  return withRemedy(
    check(
      id,
      false,
      absent.some(({ essential }) => essential) ? 'missing' : 'warning',
      `${file} lacks ${lost}`,
    ),
    'boot a kernel with these options; those of Debian, Ubuntu and the Red Hat family have them',
  )
}

function isSet(options: KernelConfig, name: string): boolean {
  const value = options.get(name)
  return value === 'y' || value === 'm'
}
