/** What an agent answers when it is asked for libvirt's node devices, checked: another program on another machine wrote it. */
import { parseAddress } from '../../model/address.ts'
import { CommandFailed } from '../../model/errors.ts'
import type { Host } from '../../model/host.ts'
import type { NodeDevice } from '../../model/node-device.ts'

type Json = Readonly<Record<string, unknown>>

/** Null = it has no libvirt. CommandFailed `errand-failed` where it is no answer to that. */
export function nodesOf({ id, name }: Host, answer: unknown): readonly NodeDevice[] | null {
  if (answer === null) return null
  const nodes = Array.isArray(answer) ? answer.map(nodeOf) : [null]
  if (nodes.every((node) => node !== null)) return nodes
  throw new CommandFailed('errand-failed', `${name} answers what are no node devices of libvirt`, {
    host: id,
  })
}

/** What is compared must be there; what only people look at may be missing. */
function nodeOf(value: unknown): NodeDevice | null {
  if (!isObject(value)) return null
  const address = addressIn(value.address)
  if (address === null) return null
  const group = isObject(value.iommuGroup) ? value.iommuGroup : null
  return {
    name: textIn(value.name) ?? address,
    address,
    classCode: textIn(value.classCode),
    driver: textIn(value.driver),
    capabilities: listIn(value.capabilities, textIn),
    physicalFunction: addressIn(value.physicalFunction),
    virtualFunctions: listIn(value.virtualFunctions, addressIn),
    iommuGroup:
      typeof group?.number === 'number'
        ? { number: group.number, members: listIn(group.members, addressIn) }
        : null,
    numaNode: typeof value.numaNode === 'number' ? value.numaNode : null,
    pcie: value.pcie === true,
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const addressIn = (value: unknown) => (typeof value === 'string' ? parseAddress(value) : null)

function listIn<T>(value: unknown, read: (one: unknown) => T | null): readonly T[] {
  return Array.isArray(value) ? value.map(read).filter((one) => one !== null) : []
}
