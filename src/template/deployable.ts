/** Between a valid template and a VM that Berth can run: what is asked for and cannot be done, told before anything starts. */
import { InvalidInput } from '../model/errors.ts'
import { hasMedium } from './disks.ts'
import { requireFirmware } from './firmware.ts'
import type { VmTemplate } from './validate.ts'
import { keyOf, vectorsOf } from './values.ts'

/**
 * Returns where Berth can deploy it. Throws InvalidInput: `memory-missing`; `disk-not-supported` (neither SOURCE nor CD-ROM); `nic-not-supported` (neither BRIDGE nor NETWORK);
 * `graphics-not-supported` (neither VNC nor SPICE); `firmware-not-supported` (neither BIOS nor UEFI, or no Secure Boot).
 */
export function requireDeployable(template: VmTemplate): void {
  if (template.definition.memoryMiB === 0)
    throw new InvalidInput('memory-missing', 'the template says no MEMORY: add MEMORY = <MiB>')
  const disk = vectorsOf(template.tree, 'DISK').findIndex((block) => !hasMedium(block))
  if (disk >= 0)
    throw new InvalidInput(
      'disk-not-supported',
      `DISK block ${disk} has no SOURCE: give the path of an image or block device on the host (datastore images and volatile disks are not supported)`,
      { disk },
    )
  const nic = template.definition.nics.findIndex(({ bridge, network }) => bridge === null && network === null)
  if (nic >= 0)
    throw new InvalidInput(
      'nic-not-supported',
      `NIC block ${nic} has neither BRIDGE nor NETWORK: name a bridge of the host or a libvirt network`,
      { nic },
    )
  const graphics = keyOf(vectorsOf(template.tree, 'GRAPHICS')[0], 'TYPE')
  if (graphics !== null && template.definition.graphics === null)
    throw new InvalidInput(
      'graphics-not-supported',
      `GRAPHICS has TYPE = ${JSON.stringify(graphics)}: expected "VNC" or "SPICE"`,
      { type: graphics },
    )
  requireFirmware(template.tree, template.definition.machine)
}
