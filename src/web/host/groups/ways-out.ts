/** What somebody can do so that a group can be given, beside why it can not. Pure. */
import { isChipset } from '../../../model/device.ts'
import { parseHexId } from '../../../model/ids.ts'
import type { DeviceView, UsbDeviceView } from '../../api/documents.ts'

export type GroupMember = Pick<
  DeviceView,
  | 'address'
  | 'class'
  | 'bridge'
  | 'offered'
  | 'allowed'
  | 'inUse'
  | 'health'
  | 'numVfs'
  | 'wantedVfs'
  | 'iommuGroup'
  | 'vm'
>

export type WayOut =
  /** It ends, or gives its devices back. */
  | { readonly kind: 'vm'; readonly vm: number }
  /** It gives back USB devices of a controller that is in the group. */
  | { readonly kind: 'usb'; readonly vm: number; readonly port: string; readonly address: string }
  | { readonly kind: 'no-vfs'; readonly address: string }
  /** The host lets go of it, or an operator says that it may be given all the same. */
  | { readonly kind: 'allow'; readonly address: string; readonly uses: number }
  | { readonly kind: 'undrain' | 'clear'; readonly address: string }
  /** The host's filter passes it. */
  | { readonly kind: 'offer'; readonly address: string }
  | { readonly kind: 'iommu' }

/** The IOMMU first, then each VM once, then in address order of the devices that they are about. */
export function waysOut(
  members: readonly GroupMember[],
  usb: readonly Pick<UsbDeviceView, 'port' | 'controller' | 'vm'>[],
): readonly WayOut[] {
  const endpoints = members.filter((member) => !member.bridge && !isHostsOwn(member))
  const vms = new Set(endpoints.flatMap(({ vm }) => vm ?? []))
  const iommu: WayOut[] = members.some(({ iommuGroup }) => iommuGroup === null) ? [{ kind: 'iommu' }] : []
  const ways: WayOut[] = [...iommu, ...[...vms].map((vm) => ({ kind: 'vm', vm }) as const)]
  for (const member of endpoints) ways.push(...waysOf(member, usb))
  if (ways.length === 0) ways.push(...endpoints.filter(isLeftOut).map(offer))
  return ways
}

function waysOf(
  { address, allowed, inUse, health, numVfs, wantedVfs, vm }: GroupMember,
  usb: readonly Pick<UsbDeviceView, 'port' | 'controller' | 'vm'>[],
): readonly WayOut[] {
  const ways: WayOut[] = []
  if (inUse.length > 0 && !allowed && vm === null) ways.push({ kind: 'allow', address, uses: inUse.length })
  if (health === 'drained') ways.push({ kind: 'undrain', address })
  if (health === 'quarantined') ways.push({ kind: 'clear', address })
  if (numVfs > 0 || wantedVfs !== null) ways.push({ kind: 'no-vfs', address })
  for (const { port, controller, vm: holder } of usb)
    if (controller === address && holder !== null) ways.push({ kind: 'usb', vm: holder, port, address })
  return ways
}

const isLeftOut = ({ offered, vm }: GroupMember): boolean => !offered && vm === null
const offer = ({ address }: GroupMember): WayOut => ({ kind: 'offer', address })

function isHostsOwn(member: GroupMember): boolean {
  const id = parseHexId(member.class)
  return id !== null && isChipset(id)
}
