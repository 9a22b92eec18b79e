/** Devices of one host and of all, what happened to one, and the operator's words about it. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import { type Address, parseAddress } from '../../model/address.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { DeviceState } from '../../view/documents.ts'
import { answerPage, limitOf, type PageQuery } from '../paging.ts'
import type { RouteDeps } from '../ports.ts'
import { readDeviceHistory } from '../read/device-history.ts'
import { type DeviceSelection, readDeviceList } from '../read/device-list.ts'
import { readDeviceView } from '../read/devices.ts'
import { ALLOW_DEVICE, CHANGE_DEVICE, DEVICE_QUERY } from '../schemas.ts'

export interface OfDevice {
  Params: { host: string; address: string }
}

interface DeviceQuery extends PageQuery {
  readonly host?: string
  readonly filter?: string
  readonly state?: DeviceState
}

export const DEVICE = '/v1/hosts/:host/devices/:address'

export function deviceRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const { database, hosts, now, kept } = deps
  app.get<{ Querystring: DeviceQuery }>(
    '/v1/devices',
    { schema: { querystring: DEVICE_QUERY }, config: { etag: ['host', 'vm', 'order'] } },
    async (request, reply) => {
      const { host, filter, state } = request.query
      const passes = filter === undefined ? null : hosts.readFilter(filter)
      const selection = { passes, state: state ?? null, ...devicePage(request.query) }
      const devices = await database.read(async (q) =>
        readDeviceList(q, kept, {
          ...selection,
          host: host === undefined ? null : await resolveHost(q, host),
        }),
      )
      return answerPage(request, reply, devices, (device) => `${device.host}/${device.address}`)
    },
  )

  app.get<OfDevice>(DEVICE, { config: { etag: ['host', 'vm', 'order'] } }, ({ params }) => {
    const address = addressOf(params.address)
    return database.read(async (q) => readDeviceView(q, await resolveHost(q, params.host), address))
  })

  app.post<OfDevice & { Body: { allow: boolean } }>(
    `${DEVICE}/allow`,
    { schema: { body: ALLOW_DEVICE } },
    async ({ params, body }) => {
      const address = addressOf(params.address)
      const { allowDevice } = await import('../../lifecycle/devices.ts')
      const host = await resolveHost(database.kysely, params.host)
      await allowDevice(database, host.id, address, body.allow, now())
      return database.read((q) => readDeviceView(q, host, address))
    },
  )

  app.get<OfDevice>(`${DEVICE}/history`, ({ params }) => {
    const address = addressOf(params.address)
    return database.read(async (q) => readDeviceHistory(q, await resolveHost(q, params.host), address))
  })

  healthRoutes(app, deps)
}

/** In and out of service. */
function healthRoutes(app: FastifyInstance, { database, now }: RouteDeps): void {
  for (const action of ['drain', 'undrain', 'quarantine', 'clear'] as const)
    app.post<OfDevice & { Body: { reason?: string } | null }>(
      `${DEVICE}/${action}`,
      { schema: { body: CHANGE_DEVICE } },
      async ({ params, body }) => {
        const address = addressOf(params.address)
        const { changeHealth } = await import('../../lifecycle/devices.ts')
        const host = await resolveHost(database.kysely, params.host)
        const reason = body?.reason?.trim() ?? null
        await changeHealth(database, action, { host: host.id, address, reason }, now())
        return database.read((q) => readDeviceView(q, host, address))
      },
    )
}

/** InvalidInput `invalid-address`. */
function devicePage(query: PageQuery): Pick<DeviceSelection, 'after' | 'limit'> {
  const limit = limitOf(query)
  const [host = '', address = ''] = query.after?.split('/') ?? []
  const after = query.after === undefined ? null : { host: Number(host), address: addressOf(address) }
  return { after, limit: limit === null ? null : limit + 1 }
}

/** InvalidInput `invalid-address`. */
export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address !== null) return address
  throw new InvalidInput('invalid-address', `${text} is no PCI address, such as 0000:3b:00.0 or 3b:00.0`, {
    address: text,
  })
}
