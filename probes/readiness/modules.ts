/** `vfio.modules`: vfio-pci loaded, built in, or there to be loaded. Pure. */
import type { Check, Need } from '../../src/model/readiness.ts'
import { check, PREPARE, withRemedy } from './check.ts'
import { hasParameter } from './command-line.ts'
import type { ReadinessFacts } from './facts.ts'

const ID = 'vfio.modules'
const MODULES = ['vfio', 'vfio_iommu_type1', 'vfio_pci'] as const

export function modulesCheck(facts: ReadinessFacts): Check {
  if (facts.has('sys/module/vfio_pci') || facts.has('sys/bus/pci/drivers/vfio-pci'))
    return check(ID, true, 'ok', 'vfio-pci is loaded, or built in (/sys/module/vfio_pci)')
  const barred = MODULES.flatMap((module) => barredBy(facts, module))
  if (barred.length > 0)
    return withRemedy(
      check(ID, true, 'missing', `vfio-pci is not loaded: ${barred.map(({ words }) => words).join('; ')}`),
      `take that away, then \`modprobe vfio-pci\`: ${PREPARE}`,
      barred.map(({ need }) => need),
    )
  return installed(facts) ?? configured(facts) ?? fromLog(facts)
}

interface Barred {
  readonly words: string
  readonly need: Need
}

/** In modprobe's files an `install` line replaces loading; a `blacklist` line stops aliases only (modprobe.d(5)). */
function barredBy(facts: ReadinessFacts, module: string): readonly Barred[] {
  const dashed = module.replaceAll('_', '-')
  const name = [module, dashed].find((one) => hasParameter(facts.commandLine(), 'module_blacklist', one))
  const line = new RegExp(`^\\s*install\\s+${module.replaceAll('_', '[-_]')}\\s+\\S*/(?:true|false)\\b`, 'm')
  const file = facts.modprobe().find(({ text }) => line.test(text))
  const parameter = `module_blacklist=${name}`
  return [
    ...(name === undefined
      ? []
      : [
          {
            words: `${parameter} on the command line bars ${module}`,
            need: { kind: 'no-kernel-parameter', parameter } as const,
          },
        ]),
    ...(file === undefined
      ? []
      : [{ words: `${file.path} bars ${module}`, need: { kind: 'no-blacklist', module } as const }]),
  ]
}

/** What the running kernel's folder of modules says; null = there is none. */
function installed(facts: ReadinessFacts): Check | null {
  const release = facts.release ?? facts.log()?.release ?? null
  if (release === null) return null
  for (const dir of [`lib/modules/${release}`, `usr/lib/modules/${release}`]) {
    const dependencies = facts.text(`${dir}/modules.dep`)
    if (dependencies === null) continue
    const file = /^(\S*\/vfio-pci\.ko\S*):/m.exec(dependencies)?.[1]
    if (file !== undefined)
      return check(
        ID,
        true,
        'ok',
        `vfio-pci is there to be loaded (/${dir}/${file}); libvirt loads it when it needs it`,
      )
    if (/\/vfio-pci\.ko$/m.test(facts.text(`${dir}/modules.builtin`) ?? ''))
      return check(ID, true, 'ok', 'vfio-pci is built into the kernel')
    return withRemedy(
      check(ID, true, 'missing', `/${dir} has no vfio-pci`),
      "install the rest of the kernel's modules (Ubuntu: linux-modules-extra; the Red Hat family: kernel-modules), or boot the distribution's full kernel",
    )
  }
  return null
}

function configured(facts: ReadinessFacts): Check | null {
  if (facts.config?.options == null) return null
  const { file, options } = facts.config
  const value = options.get('VFIO_PCI')
  if (value === 'y') return check(ID, true, 'ok', `vfio-pci is built into the kernel (${file})`)
  if (value === 'm') return check(ID, true, 'ok', `vfio-pci is a module of this kernel (${file})`)
  return withRemedy(
    check(ID, true, 'missing', `${file} has no CONFIG_VFIO_PCI`),
    'boot a kernel with CONFIG_VFIO_PCI, as those of the distributions are',
  )
}

function fromLog(facts: ReadinessFacts): Check {
  return facts.log()?.vfio
    ? check(ID, true, 'ok', 'the boot log shows VFIO starting (of vfio-pci itself it need not speak)')
    : check(
        ID,
        true,
        'unknown',
        'neither the modules, nor the configuration, nor a line of VFIO in the boot log is here to tell',
      )
}
