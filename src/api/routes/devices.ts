/** Devices of one host and of all, and the operator's word that one may be given although the host uses it. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import { type Address, parseAddress } from '../../model/address.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { ApiDeps } from '../ports.ts'
import { readAllDeviceViews, readDeviceView, readDeviceViews } from '../read/devices.ts'
import { ALLOW_DEVICE, DEVICE_QUERY } from '../schemas.ts'

export interface OfDevice {
  Params: { host: string; address: string }
}

export const DEVICE = '/v1/hosts/:host/devices/:address'

export function deviceRoutes(app: FastifyInstance, { database }: ApiDeps): void {
  app.get<{ Querystring: { host?: string } }>(
    '/v1/devices',
    { schema: { querystring: DEVICE_QUERY } },
    ({ query: { host } }) =>
      database.read(async (q) =>
        host === undefined ? readAllDeviceViews(q) : readDeviceViews(q, await resolveHost(q, host)),
      ),
  )

  app.get<OfDevice>(DEVICE, ({ params }) => {
    const address = addressOf(params.address)
    return database.read(async (q) => readDeviceView(q, await resolveHost(q, params.host), address))
  })

  app.post<OfDevice & { Body: { allow: boolean } }>(
    `${DEVICE}/allow`,
    { schema: { body: ALLOW_DEVICE } },
    async ({ params, body }) => {
      const address = addressOf(params.address)
      const { allowDevice } = await import('../../lifecycle/hosts.ts')
      const host = await resolveHost(database.kysely, params.host)
      await allowDevice(database, host.id, address, body.allow)
      return database.read((q) => readDeviceView(q, host, address))
    },
  )
}

/** InvalidInput `invalid-address`. */
export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address !== null) return address
  throw new InvalidInput('invalid-address', `${text} is no PCI address, such as 0000:3b:00.0 or 3b:00.0`, {
    address: text,
  })
}
