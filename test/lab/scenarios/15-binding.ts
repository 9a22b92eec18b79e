/** Devices moved between host driver and vfio-pci on an operator's word, kept there for good, and bound by Berth for a VM. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:02:00.0'
const NVME = '0000:05:00.0'
const EDU = '0000:09:00.0'
const DATABASE = '0000:00:08.0'

scenario('15: devices are bound, kept and given back by hand and by Berth', (lab) => {
  beforeAll(() => startService(lab))

  const driver = async (address: string) => (await readFacts(lab)).drivers[address]

  test('bound to vfio-pci, its group can be opened; unbound, it is on the driver that it came from', async () => {
    const [bound] = await lab.berth(['device', 'bind', HOST, NIC])
    expect(bound).toMatchObject({ status: 0, stderr: '' })
    const facts = await readFacts(lab)
    expect([facts.drivers[NIC], facts.vfio]).toEqual(['vfio-pci', [facts.groups[NIC]]])
    await lab.berth(['device', 'unbind', HOST, NIC])
    expect(await driver(NIC)).toBe('e1000e')
  })

  test('a device without a driver goes back to none', async () => {
    await lab.berth(['device', 'bind', HOST, EDU])
    expect(await driver(EDU)).toBe('vfio-pci')
    await lab.berth(['device', 'unbind', HOST, EDU])
    expect(await driver(EDU)).toBeNull()
  })

  test('what the host uses, and a bridge, stay where they are', async () => {
    const [disk, bridge] = await lab.berth(
      ['device', 'bind', HOST, DATABASE],
      ['device', 'bind', HOST, '0000:0a:00.0'],
    )
    expect([disk?.status, bridge?.status]).toEqual([1, 1])
    expect(disk?.stderr).toContain('/var/lib/berth')
    expect(await driver(DATABASE)).toBe('virtio-pci')
  })

  test('a reserved drive never comes back to the host between two VMs', async () => {
    const [reserved] = await lab.berth(['device', 'reserve', HOST, NVME])
    expect(reserved).toMatchObject({ status: 0, stderr: '' })
    const [domain = ''] = await createVms(lab, { name: 'reserved', pci: ['SHORT_ADDRESS = "05:00.0"'] })
    await untilVms(lab, 'it runs', ({ reserved: vm }) => vm?.state === 'RUNNING')
    expect((await readFacts(lab)).domains).toEqual({ [domain]: [NVME] })
    const before = await lab.output('dmesg | grep -c "nvme.*05:00.0" || true')
    await lab.berth(['vm', 'terminate', 'reserved', '--hard'])
    await untilVms(lab, 'it is done', ({ reserved: vm }) => vm?.state === 'DONE')
    expect(await driver(NVME)).toBe('vfio-pci')
    expect(await lab.output('dmesg | grep -c "nvme.*05:00.0" || true')).toBe(before)
    await lab.berth(['device', 'reserve', HOST, NVME, '--no'], ['device', 'unbind', HOST, NVME])
    expect(await driver(NVME)).toBe('nvme')
  })

  test('MANAGED = "NO": libvirt binds nothing, and the device is reset on its way back', async () => {
    const [domain = ''] = await createVms(lab, {
      name: 'unmanaged',
      pci: ['SHORT_ADDRESS = "02:00.0", MANAGED = "NO"'],
    })
    await untilVms(lab, 'it runs', ({ unmanaged }) => unmanaged?.state === 'RUNNING')
    expect(await lab.output(`virsh dumpxml ${domain}`)).toMatch(/<hostdev [^>]*managed='no'/)
    await lab.berth(['vm', 'terminate', 'unmanaged', '--hard'])
    await untilVms(lab, 'it is done', ({ unmanaged }) => unmanaged?.state === 'DONE')
    const facts = await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
    expect([facts.domains, facts.vfio]).toEqual([{}, []])
    expect(JSON.stringify(await lab.berthJson('device', 'history', HOST, NIC))).toContain('"reset"')
    const [drift] = await lab.berth(['drift'])
    expect(drift).toMatchObject({ status: 0 })
  })
})
