/** Which virtual functions are waited for after a reboot. */
import { expect, test } from 'vitest'
import type { StoredDevice } from '../../src/database/devices.ts'
import { awaitedVfs } from '../../src/inventory/awaited-vfs.ts'
import { at, reported } from '../support/reports.ts'

function stored(address: string, facts: Partial<StoredDevice> = {}): StoredDevice {
  return {
    ...reported(address),
    ...{ host: 1, present: true, inUse: [], allowed: false, health: 'ok', healthReason: null, failures: 0 },
    ...{ reserved: false, boundFrom: null, wantedVfs: null, vfAutoprobe: false, firstSeen: 1, lastSeen: 1 },
    ...facts,
  }
}

const PF = stored('0000:10:00.0', { kind: 'pf', wantedVfs: 2, identity: 'serial:a' })
const VF = stored('0000:10:10.0', { kind: 'vf', parent: PF.address, identity: 'serial:a/vf0' })

test.each([
  ['its PF has yet to be told', [PF, VF], [PF.address], [VF.address]],
  ['the wish was told, or there is none', [PF, VF], [], []],
  ['another PF is told', [PF, VF], [at('0000:20:00.0')], []],
  [
    'its PF has moved since',
    [{ ...PF, address: at('0000:20:00.0') }, VF],
    [at('0000:20:00.0')],
    [VF.address],
  ],
  ['it is no VF', [PF, { ...VF, kind: 'plain' as const, parent: null }], [PF.address], []],
])('where %s', (_, known, unsettled, awaited) => {
  expect([...awaitedVfs(known, new Set(unsettled))]).toEqual(awaited)
})
