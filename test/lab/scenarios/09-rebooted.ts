/** The host loses power while a VM runs: the VM is off, its devices are free, and it can be started in the new boot. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { HOST, startService, untilBoot, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'

scenario('9: the host is rebooted with a VM running', (lab) => {
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    ;[domain = ''] = await createVms(lab, {
      name: 'rebooted',
      pci: ['VENDOR = "10ec", SHORT_ADDRESS = "0b:01.0"'],
    })
    await untilVms(lab, 'it runs', ({ rebooted }) => rebooted?.state === 'RUNNING')
    await lab.output('sync')
    const boot = lab.boot()
    await lab.hardware('system_reset')
    await untilBoot(lab, boot)
    await startService(lab)
  }, 900_000)

  test('the VM is off and holds nothing; the kernel has the devices', async () => {
    const found = await untilVms(lab, 'it is off', ({ rebooted }) => rebooted?.state === 'POWEROFF')
    expect(found.rebooted?.devices).toEqual([])
    const { domains, drivers, vfio } = await readFacts(lab)
    expect([domains, vfio, drivers[RTL]]).toEqual([{}, [], '8139cp'])
  })

  test('IOMMU groups are those of the new boot', async () => {
    const { groups } = await readFacts(lab)
    const shown = (await lab.berthJson('device', 'list', '--host', HOST, '--all')) as readonly {
      readonly address: string
      readonly iommuGroup: number | null
      readonly state: string
    }[]
    const there = shown.filter(({ state }) => state !== 'missing')
    expect(Object.fromEntries(there.map(({ address, iommuGroup }) => [address, iommuGroup]))).toEqual(groups)
  })

  test('it can be started again, and gives everything back', async () => {
    await lab.berth(['vm', 'start', 'rebooted'])
    const during = await untilFacts(
      lab,
      'it has its device',
      ({ domains, drivers }) => domains[domain]?.includes(RTL) === true && drivers[RTL] === 'vfio-pci',
    )
    expect(during.vfio).toEqual([during.groups[RTL]])
    await lab.berth(['vm', 'terminate', 'rebooted', '--hard'])
    const after = await untilFacts(
      lab,
      'they are back',
      ({ drivers, vfio }) => drivers[RTL] === '8139cp' && vfio.length === 0,
    )
    expect([after.domains, after.drivers[MATE]]).toEqual([{}, '8139cp'])
  })
})
