/** Devices plugged into a running guest and out of it again; a guest that does not answer keeps what it has. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { HOST, startService, untilVms, vms } from '../service.ts'
import { createVms, untilGuestUp } from '../templates.ts'

const NIC = '0000:01:00.0'
const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'

scenario('14: devices are plugged into a running guest, and out of it', (lab) => {
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    ;[domain = ''] = await createVms(lab, { name: 'hot', pci: [] })
    await untilVms(lab, 'it runs', ({ hot }) => hot?.state === 'RUNNING')
    await untilGuestUp(lab, 'hot')
  })

  const template = async () => ((await lab.berthJson('vm', 'show', 'hot')) as { template: string }).template

  test('attached, the guest has it on its bus, and the template keeps it', async () => {
    const [attached] = await lab.berth(['vm', 'attach-pci', 'hot', '--address', NIC])
    expect(attached).toMatchObject({ status: 0, stderr: '' })
    const facts = await readFacts(lab)
    expect(facts.domains).toEqual({ [domain]: [NIC] })
    expect([facts.drivers[NIC], facts.vfio]).toEqual(['vfio-pci', [facts.groups[NIC]]])
    expect(await lab.output(`virsh qemu-monitor-command ${domain} --hmp 'info pci'`)).toContain('8086:10d3')
    expect(await template()).toContain(NIC)
  })

  test('a conventional device finds no slot in the running guest: told, and its group is as it was', async () => {
    const [refused] = await lab.berth(['vm', 'attach-pci', 'hot', '--address', RTL])
    expect(refused?.status).toBe(1)
    expect(refused?.stderr).toMatch(/no slot left/)
    const { domains, drivers } = await readFacts(lab)
    expect([domains, drivers[RTL], drivers[MATE]]).toEqual([{ [domain]: [NIC] }, '8139cp', '8139cp'])
    expect(await template()).not.toContain(RTL)
  })

  test('a guest that does not answer the unplug keeps the device, and that is told', async () => {
    await lab.output(`virsh suspend ${domain}`)
    const [kept] = await lab.berth(['vm', 'detach-pci', 'hot', NIC])
    expect(kept?.status).toBe(1)
    expect(kept?.stderr).toContain('has not let go')
    const facts = await readFacts(lab)
    expect([facts.domains, facts.drivers[NIC]]).toEqual([{ [domain]: [NIC] }, 'vfio-pci'])
    expect(JSON.stringify(await lab.berthJson('device', 'show', HOST, NIC))).toContain('being detached')
  })

  test('when it runs again it lets go by itself, and the device is back on its driver', async () => {
    await lab.output(`virsh resume ${domain}`)
    await untilVms(lab, 'it has none', ({ hot }) => hot?.devices.length === 0)
    const facts = await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
    expect([facts.domains, facts.vfio]).toEqual([{ [domain]: [] }, []])
    expect(await template()).not.toContain(NIC)
    expect((await vms(lab)).hot?.state).toBe('RUNNING')
  })

  test('nothing is left of it', async () => {
    await lab.berth(['vm', 'terminate', 'hot', '--hard'])
    await untilVms(lab, 'it is done', ({ hot }) => hot?.state === 'DONE')
    const [check, drift] = await lab.berth(['db', 'check'], ['drift'])
    expect([check, drift]).toMatchObject([{ status: 0 }, { status: 0 }])
  })
})
