/** VM_GROUP: roles, the VMs that have them, and what is asked of roles among each other. */
import { nextChild, readText, skipElement, type XmlReader } from './reader.ts'
import { type Attributes, eachChild, readAttributes, readWhole } from './values.ts'

export interface Role {
  readonly name: string
  readonly policy: 'affined' | 'anti-affined' | 'none'
  readonly vms: readonly number[]
  /** Hosts that its VMs must, and must not, be on; empty = any, none. */
  readonly hosts: readonly number[]
  readonly notHosts: readonly number[]
}

export interface VmGroup {
  readonly id: number
  readonly roles: readonly Role[]
  /** Names of roles, rule by rule. */
  readonly affined: readonly (readonly string[])[]
  readonly antiAffined: readonly (readonly string[])[]
}

export function readVmGroup(reader: XmlReader): VmGroup {
  const group: { id: number; roles: Role[]; affined: string[][]; antiAffined: string[][] } = {
    id: -1,
    roles: [],
    affined: [],
    antiAffined: [],
  }
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'ID') group.id = readWhole(reader, -1)
    else if (name === 'ROLES')
      eachChild(reader, 'ROLE', (at) => group.roles.push(roleOf(readAttributes(at))), skipElement)
    else if (name === 'TEMPLATE') readRules(reader, group)
    else skipElement(reader)
  }
  return group
}

function readRules(reader: XmlReader, group: { affined: string[][]; antiAffined: string[][] }): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'AFFINED') group.affined.push(listed(readText(reader)))
    else if (name === 'ANTI_AFFINED') group.antiAffined.push(listed(readText(reader)))
    else skipElement(reader)
  }
}

function roleOf(role: Attributes): Role {
  const policy = role.get('POLICY')?.toUpperCase()
  return {
    name: role.get('NAME') ?? '',
    policy: policy === 'AFFINED' ? 'affined' : policy === 'ANTI_AFFINED' ? 'anti-affined' : 'none',
    vms: listed(role.get('VMS') ?? '').map(Number),
    hosts: listed(role.get('HOST_AFFINED') ?? '').map(Number),
    notHosts: listed(role.get('HOST_ANTI_AFFINED') ?? '').map(Number),
  }
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
