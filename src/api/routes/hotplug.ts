/** Devices attached to a VM and detached from it, live while it runs and in its template; the answer is the VM as it is afterwards. */
import type { FastifyInstance } from 'fastify'
import type { UsbName } from '../../lifecycle/hotplug.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { OrderState } from '../../model/order.ts'
import type { DeviceBlock } from '../../template/edit.ts'
import type { ApiDeps } from '../ports.ts'
import { findVmByReference, readVmView } from '../read/vms.ts'
import { vmsSeenBy } from '../rights.ts'
import { ATTACH_PCI, ATTACH_USB, DETACH_PCI, DETACH_USB } from '../schemas.ts'
import { addressOf } from './devices.ts'

/** Of one's own VMs. */
const config = { right: 'user' } as const

interface OfVm {
  Params: { vm: string }
}

interface AttachBody {
  readonly vendor?: string
  readonly device?: string
  readonly class?: string
  readonly address?: string
  readonly kind?: string
  readonly functions?: string
  readonly count?: number
  readonly managed?: boolean
}

interface DetachBody {
  readonly address?: string
  readonly request?: number
}

/** 202 = the order stands and is tried again: the guest has not let go, say. */
function answering({ database, controller }: ApiDeps) {
  return async (vm: number, order: number | null, accepted: () => void) => {
    const state: OrderState = order === null ? 'done' : await controller.carryOutOrder(order)
    if (state !== 'done') accepted()
    return database.read((q) => readVmView(q, vm))
  }
}

export function hotplugRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps

  const answer = answering(deps)

  app.post<OfVm & { Body: AttachBody | null }>(
    '/v1/vms/:vm/attach-pci',
    { schema: { body: ATTACH_PCI }, config },
    async (request, reply) => {
      const { params, body } = request
      const { id } = await findVmByReference(database.kysely, params.vm, vmsSeenBy(request))
      const order = await controller.attachBlock(id, pciBlock(body ?? {}))
      return answer(id, order, () => reply.code(202))
    },
  )

  app.post<OfVm & { Body: DetachBody }>(
    '/v1/vms/:vm/detach-pci',
    { schema: { body: DETACH_PCI }, config },
    async (request, reply) => {
      const { params, body } = request
      const vm = await findVmByReference(database.kysely, params.vm, vmsSeenBy(request))
      const { changeTemplate, detachDevice } = await import('../../lifecycle/hotplug.ts')
      if (vm.host === null) {
        const { withoutBlock } = await import('../../lifecycle/template-blocks.ts')
        const { address = null, request: block = null } = body
        const named = { address: address === null ? null : addressOf(address), request: block }
        await changeTemplate(database, vm.id, (text) => withoutBlock(vm, text, named), now())
        return answer(vm.id, null, () => {})
      }
      if (body.address === undefined)
        throw new InvalidInput('invalid-request', `VM ${vm.id} runs: name the device by its address`, {
          vm: vm.id,
        })
      const order = await detachDevice(database, vm.id, addressOf(body.address), now())
      return answer(vm.id, order, () => reply.code(202))
    },
  )
}

function pciBlock({ managed, count, address, ...rest }: AttachBody): DeviceBlock {
  const words = Object.entries(rest).map(([key, value]) => [key.toUpperCase(), value])
  const pairs = {
    ...Object.fromEntries(words),
    ...(address !== undefined && { ADDRESS: address }),
    ...(count !== undefined && { COUNT: String(count) }),
    ...(managed === false && { MANAGED: 'NO' }),
  }
  return { name: 'PCI', pairs }
}

interface AttachUsbBody {
  readonly vendor?: string
  readonly product?: string
  readonly bus?: number
  readonly device?: number
  readonly port?: string
}

type DetachUsbBody = Pick<AttachUsbBody, 'bus' | 'device' | 'port'> & { readonly request?: number }

export function usbHotplugRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps
  const answer = answering(deps)

  app.post<OfVm & { Body: AttachUsbBody | null }>(
    '/v1/vms/:vm/attach-usb',
    { schema: { body: ATTACH_USB }, config },
    async (request, reply) => {
      const { params, body } = request
      const { id } = await findVmByReference(database.kysely, params.vm, vmsSeenBy(request))
      const words = Object.entries(body ?? {}).map(([key, value]) => [key.toUpperCase(), String(value)])
      const block: DeviceBlock = { name: 'USB', pairs: Object.fromEntries(words) }
      return answer(id, await controller.attachBlock(id, block), () => reply.code(202))
    },
  )

  app.post<OfVm & { Body: DetachUsbBody }>(
    '/v1/vms/:vm/detach-usb',
    { schema: { body: DETACH_USB }, config },
    async (request, reply) => {
      const { params, body } = request
      const vm = await findVmByReference(database.kysely, params.vm, vmsSeenBy(request))
      const { changeTemplate, detachUsb } = await import('../../lifecycle/hotplug.ts')
      if (vm.host === null) {
        const { withoutUsbBlock } = await import('../../lifecycle/template-blocks.ts')
        const named = body.request === undefined ? usbName(body) : { request: body.request }
        await changeTemplate(database, vm.id, (text) => withoutUsbBlock(vm, text, named), now())
        return answer(vm.id, null, () => {})
      }
      return answer(vm.id, await detachUsb(database, vm.id, usbName(body), now()), () => reply.code(202))
    },
  )
}

function usbName({ bus, device, port }: DetachUsbBody): UsbName {
  if (port !== undefined) return { port }
  if (bus !== undefined && device !== undefined) return { bus, device }
  throw new InvalidInput(
    'invalid-request',
    'name the USB device by bus and device, as lsusb prints them, or by its port',
  )
}
