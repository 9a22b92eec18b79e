/** What is said beside a plan: risks, limits, whether a reboot is needed, and what to check after it. Pure. */
import { shortAddress } from '../model/address.ts'
import type { BootLoader } from './boot-loader.ts'
import type { Choices } from './choices.ts'
import type { Chosen } from './chosen.ts'
import type { Plan } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { initramfsOf } from './initramfs.ts'
import type { SortedNeeds } from './needs.ts'

type Outcome = Pick<Plan, 'edits' | 'commands' | 'byHand'> & { readonly bootLoaders: readonly BootLoader[] }

export function notesOf(
  files: HostFiles,
  choices: Choices,
  chosen: Chosen,
  needs: SortedNeeds,
  outcome: Outcome,
): Pick<Plan, 'notes' | 'reboot' | 'check'> {
  const { edits, commands, byHand } = outcome
  const early = choices.early || choices.ids.length > 0
  // Limits, rules and qemu.conf take effect without one; needed parameters that stand in all files are not in effect yet.
  const live = ['/etc/security', '/etc/udev', '/etc/libvirt']
  const parameters = needs.parameters.add.length + needs.parameters.remove.length > 0
  const reboot =
    parameters ||
    edits.some(({ path }) => !live.some((prefix) => path.startsWith(prefix))) ||
    byHand.length > 0
  const written = parameters && edits.length + commands.length + byHand.length === 0
  return {
    reboot,
    notes: [
      ...(choices.allowUnsafeInterrupts ? [UNSAFE] : []),
      ...(needs.unsafeInterrupts && !choices.allowUnsafeInterrupts ? [ONLY_BY_NAME] : []),
      ...(choices.qemuUser === null ? [] : [SERVICES]),
      ...(early && initramfsOf(files) === 'none' ? [NO_INITRAMFS] : []),
      ...(written ? ['The kernel parameters are written already; they take effect at the next boot.'] : []),
      ...chosen.notes,
    ],
    check: [
      'berth doctor',
      ...chosen.devices.map(
        ({ address }) =>
          `berth probe pci --short-address ${shortAddress(address)}   # DRIVER is vfio-pci; else: journalctl -b -u berth-vfio`,
      ),
      ...choices.ids.map(
        ({ vendorId, deviceId }) => `berth probe pci --filter ${vendorId}:${deviceId}   # DRIVER is vfio-pci`,
      ),
    ],
  }
}

const UNSAFE =
  'RISK: with allow_unsafe_interrupts a VM that has a device can send any interrupt to this host, and so crash it or take it over. Give devices only to VMs whose administrators you would let into the host.'
const ONLY_BY_NAME =
  'This hardware has no interrupt remapping: no device can be passed unless you accept that a VM could send any interrupt to the host. --allow-unsafe-interrupts writes that, and nothing else does.'
const SERVICES =
  'The memory limit holds for logins of that user (PAM). A systemd service needs LimitMEMLOCK=infinity in its own unit.'
const NO_INITRAMFS =
  'Neither initramfs-tools nor dracut was found, so nothing was put into the initramfs: drivers that it loads come first.'
