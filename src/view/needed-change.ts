/** Needed changes in words: what is to be done, to what, and the command to type. */
import type { Change, InTheWay } from '../model/remedy.ts'
import { MAX_DEVICES_PER_VM, type Request } from '../model/request.ts'
import type { NeededChange } from './documents.ts'
import { shellWord } from './shell-word.ts'

/** What the words need to know of the host and the VM beside the change. */
export interface ChangeWords {
  readonly host: string
  /** It is reached through an agent of its own. */
  readonly agent: boolean
  readonly filter: string | null
  /** The VM that waits. */
  readonly vm: number
  readonly requests: readonly Request[]
  /** Names of VMs; null = another user's, which is not named. */
  readonly vmName: (vm: number) => string | null
}

/** Each message is one sentence without a full stop. */
export function neededChange(change: Change, words: ChangeWords): NeededChange {
  const vm = 'vm' in change && words.vmName(change.vm) !== null ? change.vm : null
  return { code: change.code, message: messageOf(change, words), address: addressOf(change), vm }
}

function addressOf(change: Change): string | null {
  if ('address' in change) return change.address
  return 'addresses' in change ? (change.addresses[0] ?? null) : null
}

function messageOf(change: Change, words: ChangeWords): string {
  const host = shellWord(words.host)
  switch (change.code) {
    case 'await-vm':
    case 'stop-vm':
    case 'detach-usb':
      return fromVm(change, words)
    case 'undrain':
      return `take the drain of ${change.address} back: ${berth(`device undrain ${host} ${change.address}`)}`
    case 'clear-quarantine':
      return `lift the quarantine of ${change.address}, if it is to be trusted again: ${berth(`device clear ${host} ${change.address}`)}`
    case 'allow-device':
      return `give ${change.address} away although the host uses it, if it can do without: ${berth(`device allow ${host} ${change.address}`)}`
    case 'offer-device':
      return offering(change, words)
    case 'remove-vfs':
      return `${change.vfs === 0 ? 'no longer wish for virtual functions' : `remove the ${counted(change.vfs, 'virtual function')}`} of ${change.address}: ${berth(`sriov set ${host} ${change.address} 0`)}`
    case 'end-domain':
      return `shut down the domain ${change.domain}, no VM of this database${having(change)}: \`virsh shutdown ${shellWord(change.domain)}\` on ${words.host}`
    case 'relax-numa':
    case 'relax-requirements':
    case 'ask-for-fewer':
    case 'send-here':
    case 'release-vm':
      return ofOwn(change, words)
    default:
      return ofHost(change, words)
  }
}

type OfVm = Extract<Change, { code: 'await-vm' | 'stop-vm' | 'detach-usb' }>

function fromVm(change: OfVm, { vmName }: ChangeWords): string {
  const name = vmName(change.vm)
  if (name === null) return fromOthers(change)
  const who = `VM ${change.vm} (${name})`
  switch (change.code) {
    case 'await-vm':
      return `wait for ${who} to have ended${having(change)}`
    case 'stop-vm':
      return `stop ${who}${having(change)}: ${berth(`vm stop ${change.vm}`)}`
    case 'detach-usb':
      return `take USB device ${change.port} from ${who}: ${berth(`vm detach-usb ${change.vm} --port ${change.port}`)}`
  }
}

function fromOthers(change: OfVm): string {
  if (change.code === 'detach-usb') return `another user's VM must give USB device ${change.port} back`
  return `another user's VM must end${having(change)}`
}

/** `, which has 0000:3b:00.0, 0000:3c:00.0 and 2 more`. */
function having({ addresses, ports }: InTheWay): string {
  const all = [...addresses, ...ports.map((port) => `USB device ${port}`)]
  if (all.length === 0) return ', for its cores and memory'
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : ''
  return `, which has ${all.slice(0, MOST_NAMED).join(', ')}${more}`
}

const MOST_NAMED = 4

type OfHost = Extract<
  Change,
  {
    code: 'enable-host' | 'revive-host' | 'prepare-host' | 'install-firmware' | 'free-cpu' | 'free-memory'
  }
>

function ofHost(change: OfHost, { host, agent }: ChangeWords): string {
  const typed = shellWord(host)
  const vms = `stop VMs of ${host} (${berth(`vm list -f ${shellWord(`HOST=${host}`)}`)})`
  switch (change.code) {
    case 'enable-host':
      return `let ${host} take VMs again: ${berth(`host enable ${typed}`)}`
    case 'revive-host':
      return `get ${host} to answer; ${berth(`host show ${typed}`)} tells why it does not`
    case 'prepare-host':
      return `make ${host} ready to pass PCI devices${change.missing === undefined ? '' : ` (missing ${change.missing.join(', ')})`}: ${agent ? berth(`host prepare ${typed}`) : '`berth prepare` there'} shows how`
    case 'install-firmware':
      return `install UEFI firmware on ${host}; \`berth doctor\` there tells what`
    case 'free-cpu':
      return `free ${counted(change.missing / 100, 'core')}: ${vms}`
    case 'free-memory':
      return `free ${change.missing} MiB of memory: ${vms}`
  }
}

type OfOwn = Extract<
  Change,
  { code: 'relax-numa' | 'relax-requirements' | 'ask-for-fewer' | 'send-here' | 'release-vm' }
>

function ofOwn(change: OfOwn, words: ChangeWords): string {
  const { host, vm } = words
  const anew = `create it anew from the changed template (${berth(`vm show ${vm}`)} has the text)`
  switch (change.code) {
    case 'relax-numa':
      return `ask for PCI_NUMA_POLICY = "PREFERRED" in the place of "REQUIRED": ${anew}`
    case 'relax-requirements':
      return `ask for SCHED_REQUIREMENTS that ${host} meets, or set its attributes (${berth(`host set ${shellWord(host)} --attribute NAME=VALUE`)}): ${anew}`
    case 'ask-for-fewer':
      return (
        fewer(change.request, change.fewer, words) ??
        `ask for ${change.fewer} fewer in PCI ${change.request}: ${anew}`
      )
    case 'send-here':
      return `send it to ${host} in the place of the host that it was sent to: ${berth(`vm deploy ${vm} ${shellWord(host)}`)}`
    case 'release-vm':
      return `release it: ${berth(`vm release ${vm}`)}`
  }
}

/** The new block first: without any, the VM would be placed. Null = no command can make the block, or not beside the old one. */
function fewer(index: number, by: number, { vm, requests }: ChangeWords): string | null {
  const request = requests.find((one) => one.index === index)
  if (request === undefined) return null
  const { selector, kind, allFunctions, managed, network } = request
  const count = request.count - by
  const most = requests.reduce((sum, one) => sum + one.count, count)
  const told = `COUNT = ${count} in the place of ${request.count} in PCI ${index}`
  if (network !== undefined || most > MAX_DEVICES_PER_VM) return null
  const options = [
    ['--vendor', selector.vendorId],
    ['--device', selector.deviceId],
    ['--class', selector.classId],
    ['--address', selector.address],
    ['--count', String(count)],
    ['--kind', kind?.toUpperCase() ?? null],
    ['--functions', allFunctions ? 'ALL' : null],
  ].flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]))
  const block = [...options, ...(managed ? [] : ['--unmanaged'])].join(' ')
  return `ask for ${told}: ${berth(`vm attach-pci ${vm} ${block}`)}, then ${berth(`vm detach-pci ${vm} --request ${index}`)}`
}

/** A host without a filter offers all with its next report: a filter would take the others away. */
function offering({ address, type }: Extract<Change, { code: 'offer-device' }>, words: ChangeWords): string {
  const { filter } = words
  const host = shellWord(words.host)
  if (filter === null)
    return `wait for the next report of ${words.host}, which has no filter any more, to offer ${address}: ${berth(`host show ${host}`)} tells when the last one came`
  const widened = filter === '' ? type : `${filter},${type}`
  return `offer ${address}, which the host's filter leaves out: ${berth(`host set ${host} --filter ${shellWord(widened)}`)}`
}

/** Commands stand in back quotes. */
const berth = (command: string): string => `\`berth ${command}\``

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
