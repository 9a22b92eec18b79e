/** What iproute2 says of interfaces, addresses of those that are down included. */
import { expect, test } from 'vitest'
import { fromIp } from '../../probes/usage/own-addresses.ts'

test('an interface that is down keeps the address that it was given', () => {
  const document = [
    { ifname: 'lo', operstate: 'UNKNOWN', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'eth1', operstate: 'DOWN', addr_info: [{ family: 'inet', local: '10.9.9.1', prefixlen: 32 }] },
    { ifname: 'eth2', operstate: 'DOWN', addr_info: [] },
  ]
  expect(fromIp(JSON.stringify(document))).toEqual(
    new Map([
      ['lo', ['127.0.0.1']],
      ['eth1', ['10.9.9.1']],
      ['eth2', []],
    ]),
  )
})

test.each(['', 'ip: unrecognized option: json', '{}', '[{"ifname":"eth0"}]'])(
  '%j is not its document',
  (text) => {
    expect(fromIp(text)).toBeNull()
  },
)
