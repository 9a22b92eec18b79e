/** Columns of how many USB devices each host has free for one kind of request: built when a VM asks for some. */
import type { UsbRequest } from '../../src/model/usb-request.ts'
import { freeUsb } from '../allocate/usb.ts'
import { usbMatches, usbSelectorKey } from '../request/match-usb.ts'
import type { Cluster } from './cluster.ts'
import { stateAt } from './cluster-index.ts'
import { buildTree, type Column } from './max-tree.ts'

export function usbColumn(cluster: Cluster, request: UsbRequest): Column {
  const key = usbSelectorKey(request)
  const known = cluster.usbOffers.get(key)
  if (known !== undefined) return known
  const measure = (leaf: number): number => {
    const { usb, table } = stateAt(cluster.states, leaf)
    return usb.length === 0 ? 0 : freeUsb(usb, table).filter((device) => usbMatches(request, device)).length
  }
  const column = { tree: buildTree(cluster.states.length, measure), measure, changing: true }
  cluster.usbOffers.set(key, column)
  return column
}
