/** A template's PCI blocks -> requests (contracts.md, Template: PCI). */
import { type Address, parseAddress } from '../model/address.ts'
import type { DeviceKind } from '../model/device.ts'
import type { InvalidInput } from '../model/errors.ts'
import { type HexId, parseHexId } from '../model/ids.ts'
import { MAX_DEVICES_PER_VM, type Request, type Selector, type VfNetwork } from '../model/request.ts'
import { invalidAt } from './position.ts'
import type { TemplateTree, VectorAttribute } from './tree.ts'
import { keyOf } from './values.ts'

/**
 * The requests of a checked tree, in the template's order. KIND = "VF" with FUNCTIONS = "ALL" is valid and, like a
 * bridge's class, fits nothing. Throws InvalidInput `template-invalid` where a block selects nothing, names two addresses,
 * counts an address more than once, gives several NICs one MAC address, asks for a NIC that is no VF, or the VM asks for more
 * than 64 devices.
 */
export function readRequests(tree: TemplateTree): Request[] {
  const requests: Request[] = []
  let total = 0
  for (const block of tree.attributes) {
    if (block.name !== 'PCI' || block.kind !== 'vector') continue
    const request = readRequest(tree, block, requests.length)
    total += request.count
    if (total > MAX_DEVICES_PER_VM)
      throw wrong(tree, block, `the PCI blocks up to here ask for ${total} devices; a VM can have 64 at most`)
    requests.push(request)
  }
  return requests
}

function readRequest(tree: TemplateTree, block: VectorAttribute, index: number): Request {
  const text = (name: string) => keyOf(block, name)
  const selector: Selector = {
    vendorId: idOf(text('VENDOR')),
    deviceId: idOf(text('DEVICE')),
    classId: idOf(text('CLASS')),
    address: readAddress(tree, block),
  }
  const network = readNetwork(tree, block)
  if (network === null && Object.values(selector).every((part) => part === null))
    throw wrong(tree, block, 'PCI selects nothing: give VENDOR, DEVICE, CLASS or SHORT_ADDRESS')
  const count = Number(text('COUNT') ?? '1')
  if (count > 1 && selector.address !== null)
    throw wrong(tree, block, `PCI: COUNT = ${count} of one address; leave COUNT or the address out`)
  if (count > 1 && network?.mac != null)
    throw wrong(tree, block, `PCI: COUNT = ${count} with one MAC; give each NIC a block of its own`)
  return {
    index,
    selector,
    count,
    kind: network === null ? kindOf(text('KIND')) : 'vf',
    allFunctions: text('FUNCTIONS') !== null,
    optional: text('OPTIONAL')?.toUpperCase() === 'YES',
    managed: text('MANAGED')?.toUpperCase() !== 'NO',
    ...(network !== null && { network }),
  }
}

/** Null = a plain device. Only a VF's MAC address and VLAN are set from outside, through its PF. */
function readNetwork(tree: TemplateTree, block: VectorAttribute): VfNetwork | null {
  const [mac, vlan] = [keyOf(block, 'MAC'), keyOf(block, 'VLAN_ID')]
  if (keyOf(block, 'TYPE') === null) {
    if (mac === null && vlan === null) return null
    throw wrong(tree, block, `PCI: ${mac === null ? 'VLAN_ID' : 'MAC'} needs TYPE = "NIC"`)
  }
  const kind = kindOf(keyOf(block, 'KIND'))
  if (kind !== null && kind !== 'vf')
    throw wrong(tree, block, 'PCI: TYPE = "NIC" is a virtual function; leave KIND out, or make it "VF"')
  return { mac: mac?.toLowerCase() ?? null, vlan: Number(vlan ?? '0') }
}

/** SHORT_ADDRESS and ADDRESS are two spellings of one thing. */
function readAddress(tree: TemplateTree, block: VectorAttribute): Address | null {
  const short = addressOf(keyOf(block, 'SHORT_ADDRESS'))
  const long = addressOf(keyOf(block, 'ADDRESS'))
  if (short !== null && long !== null && short !== long)
    throw wrong(tree, block, `PCI: SHORT_ADDRESS is ${short} and ADDRESS is ${long}; keep one of the two`)
  return short ?? long
}

function addressOf(text: string | null): Address | null {
  return text === null ? null : parseAddress(text)
}

function idOf(text: string | null): HexId | null {
  return text === null ? null : parseHexId(text)
}

function kindOf(text: string | null): DeviceKind | null {
  const kind = text?.toLowerCase()
  return kind === 'vf' || kind === 'pf' || kind === 'plain' ? kind : null
}

function wrong(tree: TemplateTree, block: VectorAttribute, message: string): InvalidInput {
  return invalidAt('template-invalid', tree.text, block.offset, message, { attribute: 'PCI' })
}
