/** Devices attached to a VM and detached from it, live while it runs and in its template; the answer is the VM as it is afterwards. */
import type { FastifyInstance } from 'fastify'
import { InvalidInput } from '../../model/errors.ts'
import type { OrderState } from '../../model/order.ts'
import type { ApiDeps } from '../ports.ts'
import { findVmByReference, readVmView } from '../read/vms.ts'
import { ATTACH_PCI, DETACH_PCI } from '../schemas.ts'
import { addressOf } from './devices.ts'

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

export function hotplugRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps

  /** 202 = the order stands and is tried again: the guest has not let go, say. */
  const answer = async (vm: number, order: number | null, accepted: () => void) => {
    const state: OrderState = order === null ? 'done' : await controller.carryOutOrder(order)
    if (state !== 'done') accepted()
    return database.read((q) => readVmView(q, vm))
  }

  app.post<OfVm & { Body: AttachBody | null }>(
    '/v1/vms/:vm/attach-pci',
    { schema: { body: ATTACH_PCI } },
    async ({ params, body }, reply) => {
      const { id } = await findVmByReference(database.kysely, params.vm)
      const order = await controller.attachPci(id, blockOf(body ?? {}))
      return answer(id, order, () => reply.code(202))
    },
  )

  app.post<OfVm & { Body: DetachBody }>(
    '/v1/vms/:vm/detach-pci',
    { schema: { body: DETACH_PCI } },
    async ({ params, body }, reply) => {
      const vm = await findVmByReference(database.kysely, params.vm)
      const { changeTemplate, detachDevice } = await import('../../lifecycle/hotplug.ts')
      if (vm.host === null) {
        const { withoutBlock } = await import('../../lifecycle/template-blocks.ts')
        const { address = null, request = null } = body
        const named = { address: address === null ? null : addressOf(address), request }
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

function blockOf({ managed, count, address, ...rest }: AttachBody): Record<string, string> {
  const words = Object.entries(rest).map(([key, value]) => [key.toUpperCase(), value])
  return {
    ...Object.fromEntries(words),
    ...(address !== undefined && { ADDRESS: address }),
    ...(count !== undefined && { COUNT: String(count) }),
    ...(managed === false && { MANAGED: 'NO' }),
  }
}
