/** Devices against what is remembered of them, and against their failures (pure). */
import { historyKey } from '../model/device-history.ts'
import { FAILURES_IN_A_ROW } from '../model/event.ts'
import type { Rows, Violation } from './check.ts'
import type { OpenClaim } from './device-history.ts'
import type { StoredDevice } from './devices.ts'

/** `open` = claims as the devices' histories tell them. */
export function checkHistory(rows: Rows, open: readonly OpenClaim[]): Violation[] {
  const keys = new Map(rows.devices.map((device) => [`${device.host} ${device.address}`, historyKey(device)]))
  const claims = new Map(
    rows.claims.flatMap((claim) => {
      const device = keys.get(`${claim.host} ${claim.address}`)
      return device === undefined ? [] : [[nameOf({ ...claim, device }), claim]]
    }),
  )
  const told = new Set(open.map(nameOf))
  const untold = [...claims].filter(([name]) => !told.has(name)).map(([, claim]) => claim)
  const endless = open.filter((claim) => !claims.has(nameOf(claim)))
  return [
    ...rows.devices.flatMap(checkHealth),
    ...untold.map(({ host, address, vm }) => ({
      code: 'claim-not-in-history',
      message: `device ${address} of host ${host} is claimed by VM ${vm}, and its history does not say so`,
    })),
    ...endless.map(({ host, address, vm }) => ({
      code: 'history-without-end',
      message: `device ${address} of host ${host} was claimed by VM ${vm} and is not any more; its history does not say since when`,
    })),
  ]
}

const nameOf = ({ host, device, vm }: Pick<OpenClaim, 'host' | 'device' | 'vm'>): string =>
  `${host} ${device} ${vm}`

/** A device that failed too often, and one that is in or out of service for no reason. */
function checkHealth({ host, address, health, healthReason, failures }: StoredDevice): Violation[] {
  const named = `device ${address} of host ${host}`
  if (health === 'quarantined' && healthReason === null)
    return [{ code: 'quarantine-without-reason', message: `${named} is quarantined, and nothing says why` }]
  if (health === 'ok' && healthReason !== null)
    return [
      {
        code: 'reason-without-state',
        message: `${named} is in service, but there is a reason: ${healthReason}`,
      },
    ]
  if (health === 'quarantined' || failures < FAILURES_IN_A_ROW) return []
  return [
    {
      code: 'failing-in-service',
      message: `${named} failed ${failures} times in a row and is not quarantined`,
    },
  ]
}
