/** What the page can do about a change that would help: a request of the API, or the page where it is done. Pure. */
import type { NeededChange } from '../api/documents.ts'
import { devicePath, hostPath } from '../parts/paths.ts'

export interface ChangeHost {
  readonly id: number
  readonly name: string
}

/** Of the API. */
export interface Request {
  readonly kind: 'request'
  readonly verb: string
  /** The least role that may. */
  readonly right: 'user' | 'operator'
  /** It takes something from somebody, or a guard away. */
  readonly isDanger: boolean
}

interface Page {
  readonly kind: 'page'
  readonly name: string
  readonly to: string
}

const REQUESTS: Readonly<Record<string, Omit<Request, 'kind'>>> = {
  'enable-host': { verb: 'Enable the host', right: 'operator', isDanger: false },
  undrain: { verb: 'Undrain', right: 'operator', isDanger: false },
  'clear-quarantine': { verb: 'Clear', right: 'operator', isDanger: true },
  'allow-device': { verb: 'Allow', right: 'operator', isDanger: true },
  'remove-vfs': { verb: 'Remove its VFs', right: 'operator', isDanger: true },
  'stop-vm': { verb: 'Stop the VM', right: 'user', isDanger: true },
  'release-vm': { verb: 'Release', right: 'user', isDanger: false },
  'send-here': { verb: 'Deploy here', right: 'operator', isDanger: false },
}

/** Done on the host itself, or with more words than a button has. */
const ON_HOST: readonly string[] = [
  ...['revive-host', 'prepare-host', 'install-firmware', 'free-cpu', 'free-memory', 'end-domain'],
  'offer-device',
]

/** Null = only who wrote the template can: it asks for less. */
export function doorOf({ code, address, vm }: NeededChange, host: ChangeHost): Request | Page | null {
  const request = REQUESTS[code]
  const needsVm = code === 'stop-vm'
  const needsDevice = ['undrain', 'clear-quarantine', 'allow-device', 'remove-vfs'].includes(code)
  if (request !== undefined && !(needsVm && vm === null) && !(needsDevice && address === null))
    return { kind: 'request', ...request }
  if ((code === 'await-vm' || code === 'detach-usb') && vm !== null)
    return { kind: 'page', name: `To VM ${vm}`, to: `/vms/${vm}` }
  if (!ON_HOST.includes(code)) return null
  const to = address === null ? hostPath(host.name) : devicePath(host.name, address)
  return { kind: 'page', name: address === null ? 'To the host' : 'To the device', to }
}
