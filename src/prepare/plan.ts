/** From what a host lacks and an operator asks for to edits and commands: the plan. Pure: a function of the files that were read. */
import type { Need } from '../model/readiness.ts'
import { type BootLoader, bootLoaderCommands, bootLoadersOf, grubFiles, grubVariable } from './boot-loader.ts'
import { bootUnitWishes, UNIT_LINK, UNIT_LINK_TARGET } from './boot-unit.ts'
import { allByHand, parametersByHand } from './by-hand.ts'
import type { Choices } from './choices.ts'
import { idsText } from './choices.ts'
import type { Chosen } from './chosen.ts'
import type { ParameterWish } from './command-line.ts'
import { afterwards } from './commands.ts'
import { type Edit, editsOf, type Plan, type Wish } from './edit.ts'
import { type System, systemOf } from './family.ts'
import { changedGrub } from './grub.ts'
import type { HostFiles } from './host-files.ts'
import { bindsByAddress, initramfsOf, initramfsWishes } from './initramfs.ts'
import { changedCommandLine, inheritedCommandLine, KERNEL_CMDLINE } from './kernel-cmdline.ts'
import {
  blacklistWishes,
  idsWishes,
  softdepWishes,
  unblacklistWishes,
  unsafeInterruptsWishes,
} from './modprobe.ts'
import { moduleWishes } from './modules-load.ts'
import { needsOf, whyParameter } from './needs.ts'
import { notesOf } from './notes.ts'
import { QEMU_CONF, withDeviceAcl } from './qemu-conf.ts'
import { memlockWishes, vfioAccessWishes } from './qemu-user.ts'

export interface HostPlan extends Plan {
  readonly system: System
  readonly bootLoaders: readonly BootLoader[]
}

/**
 * On a system of an unknown family `edits` and `commands` are empty, and all of it stands in `byHand`. Errors: InvalidInput
 * `config-file-syntax` (with file and line), NotFound `unknown-user`.
 */
export function planOf(files: HostFiles, needs: readonly Need[], choices: Choices, chosen: Chosen): HostPlan {
  const system = systemOf(files.text('/etc/os-release') ?? files.text('/usr/lib/os-release'))
  const known = needsOf(needs, choices)
  const bootLoaders = system.family === 'unknown' ? [] : bootLoadersOf(files)
  const wishes = [
    ...parameterWishes(system, files, bootLoaders, known.parameters),
    ...moduleFileWishes(files, choices, chosen, known),
    ...hostWishes(files, choices, known),
  ]
  const edits = [...editsOf(wishes, files.text), ...unitLink(files, chosen)]
  const byHand = bootLoaders.length === 0 ? parametersByHand(system, files, known.parameters) : []
  const run = afterwards(files, edits, choices.early || bindsByAddress(files))
  const boot = bootLoaderCommands(system.family, files, bootLoaders, known.parameters, edits)
  const commands = [...run, ...boot.commands]
  const whole = {
    ...{ system, bootLoaders, edits, commands, undoCommands: boot.undo, byHand },
    ...notesOf(files, choices, chosen, known, { edits, commands, byHand, bootLoaders }),
  }
  return system.family === 'unknown' ? allByHand(whole) : whole
}

function parameterWishes(
  system: System,
  files: HostFiles,
  loaders: readonly BootLoader[],
  wish: ParameterWish,
): readonly Wish[] {
  const why = [...wish.add.map(whyParameter), ...wish.remove.map((word) => `${word} must go`)].join('; ')
  if (why === '') return []
  const changed = loaders.includes('grub')
    ? changedGrub(grubFiles(system.family, files), wish, grubVariable(system.family))
    : []
  return [
    ...changed.map(({ path, text }) => ({ path, why, change: () => text })),
    ...(loaders.includes('kernel-install')
      ? [
          {
            path: KERNEL_CMDLINE,
            why,
            change: (text: string | null) =>
              changedCommandLine(text ?? inheritedCommandLine(files) ?? '', wish),
          },
        ]
      : []),
  ]
}

function moduleFileWishes(
  files: HostFiles,
  choices: Choices,
  chosen: Chosen,
  known: ReturnType<typeof needsOf>,
): readonly Wish[] {
  const early = choices.early || choices.ids.length > 0
  return [
    ...known.unblacklist.flatMap((module) => unblacklistWishes(files, module)),
    ...moduleWishes(files, known.modules),
    ...blacklistWishes(files, choices.blacklist),
    ...idsWishes(files, choices.ids.map(idsText)),
    ...softdepWishes(files, chosen.competitors),
    ...(choices.allowUnsafeInterrupts ? unsafeInterruptsWishes(files) : []),
    ...bootUnitWishes(chosen.devices),
    ...(early ? initramfsWishes(initramfsOf(files), files, choices.early && chosen.devices.length > 0) : []),
  ]
}

function hostWishes(
  files: HostFiles,
  { qemuUser }: Choices,
  known: ReturnType<typeof needsOf>,
): readonly Wish[] {
  const acl = known.deviceAcl
  return [
    ...(acl.length > 0 && files.exists(QEMU_CONF)
      ? [
          {
            path: QEMU_CONF,
            why: `libvirt lets its VMs open ${acl.join(', ')}`,
            change: (text: string | null) => withDeviceAcl(text ?? '', acl),
          },
        ]
      : []),
    ...(qemuUser === null ? [] : [...vfioAccessWishes(files, qemuUser), ...memlockWishes(files, qemuUser)]),
  ]
}

function unitLink(files: HostFiles, { devices }: Chosen): readonly Edit[] {
  const before = files.link(UNIT_LINK)
  if (devices.length === 0 || before === UNIT_LINK_TARGET) return []
  return [
    { kind: 'link', path: UNIT_LINK, before, after: UNIT_LINK_TARGET, why: ['the unit runs at every boot'] },
  ]
}
