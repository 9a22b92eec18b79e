/** All PCI devices of the local libvirt's node device driver, in a handful of calls however many there are. */
import { compareAddresses } from '../model/address.ts'
import type { NodeDevice } from '../model/node-device.ts'
import { nodeDevice } from './nodedev.ts'
import type { Virsh } from './virsh.ts'

/** Nothing in it has a meaning in a line of commands. */
const NAME = /^pci_\w+$/

/** A call's commands stand in one argument, of which Linux takes 128 KiB. */
const BATCH = 500

/**
 * In address order; a device that leaves between the list and the question is left out. CommandFailed where libvirt
 * cannot be asked, CorruptReport `nodedev-unreadable` where it answers with something else.
 */
export async function nodeDevices(virsh: Virsh): Promise<readonly NodeDevice[]> {
  const names = (await virsh.listPciNodeDevices()).filter((name) => NAME.test(name))
  const found: NodeDevice[] = []
  for (let at = 0; at < names.length; at += BATCH)
    for (const xml of documents(await virsh.dumpNodeDevices(names.slice(at, at + BATCH)))) {
      const device = nodeDevice(xml)
      if (device !== null) found.push(device)
    }
  return found.sort((a, b) => compareAddresses(a.address, b.address))
}

/** One behind the other, as virsh prints them; none holds another. */
function documents(text: string): readonly string[] {
  return text.match(/<device>[\s\S]*?<\/device>/g) ?? []
}
