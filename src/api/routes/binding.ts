/** Devices moved between their host driver and vfio-pci on an operator's word; the answer is the device as it is afterwards. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import type { Address } from '../../model/address.ts'
import type { OrderState } from '../../model/order.ts'
import type { ApiDeps } from '../ports.ts'
import { readDeviceView } from '../read/devices.ts'
import { NO_BODY, RESERVE_DEVICE } from '../schemas.ts'
import { addressOf, DEVICE, type OfDevice } from './devices.ts'

interface Body {
  readonly reserve?: boolean
}

const asks = () => import('../../lifecycle/bind.ts')

export function bindingRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps

  /**
   * The order is carried out here, or by a `serve`; 202 = it has not been yet. The inventory then learns what became of it.
   * `undo` takes back what was written beside an order that failed.
   */
  const move = (
    action: string,
    body: object,
    ask: (host: number, address: Address, body: Body) => Promise<number | null>,
    undo: (host: number, address: Address) => Promise<void> = async () => {},
  ) =>
    app.post<OfDevice & { Body: Body | null }>(
      `${DEVICE}/${action}`,
      { schema: { body } },
      async ({ params, body: given }, reply) => {
        const address = addressOf(params.address)
        const host = await resolveHost(database.kysely, params.host)
        const order = await ask(host.id, address, given ?? {})
        let state: OrderState
        try {
          state = order === null ? 'done' : await controller.carryOutOrder(order)
          if (state !== 'done') reply.code(202)
        } catch (error) {
          await undo(host.id, address)
          throw error
        }
        // An agent that has not done it yet may not be there to be asked.
        if (state === 'done' || !host.agent) await controller.probe(host.id)
        return database.read((q) => readDeviceView(q, host, address))
      },
    )

  move('bind', NO_BODY, async (host, address) => (await asks()).bindDevice(database, host, address, now()))
  move('unbind', NO_BODY, async (host, address) =>
    (await asks()).unbindDevice(database, host, address, now()),
  )

  const unreserve = async (host: number, address: Address): Promise<void> =>
    (await asks()).unreserveDevice(database, host, address)
  move(
    'reserve',
    RESERVE_DEVICE,
    async (host, address, { reserve }) => {
      if (reserve) return (await asks()).reserveDevice(database, host, address, now())
      await unreserve(host, address)
      return null
    },
    unreserve,
  )
}
