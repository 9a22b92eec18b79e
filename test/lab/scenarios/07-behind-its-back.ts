/** What people and services do to libvirt behind Berth's back is noticed, and what is not Berth's to end is left alone. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:01:00.0'
const PCI = ['VENDOR = "8086", DEVICE = "10d3", SHORT_ADDRESS = "01:00.0"']

scenario("7: libvirt is changed behind Berth's back", (lab) => {
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    ;[domain = ''] = await createVms(lab, { name: 'behind', pci: PCI })
    await untilVms(lab, 'it runs', ({ behind }) => behind?.state === 'RUNNING')
  })

  test('libvirtd is restarted: the VM runs on and keeps its device', async () => {
    await lab.output(`
      pid=$(pidof libvirtd); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.2; done
      libvirtd -d; until virsh version --daemon >/dev/null 2>&1; do sleep 0.5; done`)
    await cycles(lab, 2)
    const found = await untilVms(lab, 'it runs', ({ behind }) => behind?.state === 'RUNNING')
    expect(found.behind?.devices).toMatchObject([{ address: NIC }])
    expect((await readFacts(lab)).domains).toEqual({ [domain]: [NIC] })
  })

  test('its domain is destroyed by hand: the VM is off, and its device free', async () => {
    await lab.output(`virsh dumpxml ${domain} >/tmp/orphan.xml; virsh destroy ${domain}`)
    const found = await untilVms(lab, 'it is off', ({ behind }) => behind?.state === 'POWEROFF')
    expect(found.behind?.devices).toEqual([])
    const facts = await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
    expect([facts.domains, facts.vfio]).toEqual([{}, []])
  })

  test("a domain of Berth's that its database does not know holds its device, and is not ended", async () => {
    await lab.output(`
      sed -i -e 's/berth-[0-9]*</berth-999</' -e "s/\\(<berth:vm .*\\bid=['\\"]\\)[0-9]*/\\1999/" -e '/<uuid>/d' /tmp/orphan.xml
      grep -q 'id="999"\\|id=.999.' /tmp/orphan.xml
      virsh create /tmp/orphan.xml`)
    await lab.berth(['vm', 'start', 'behind'])
    const found = await untilVms(
      lab,
      'it waits',
      ({ behind }) => (behind?.message ?? '') !== '' && behind?.state === 'PENDING',
    )
    expect(JSON.stringify(await lab.berthJson('device', 'show', HOST, NIC))).toContain('berth-999')
    expect(found.behind?.devices).toEqual([])
    await cycles(lab, 2)
    expect((await readFacts(lab)).domains).toEqual({ 'berth-999': [NIC] })
  })

  test('when the orphan is gone the VM starts by itself', async () => {
    await lab.output('virsh destroy berth-999')
    const facts = await untilFacts(
      lab,
      'it has its device',
      ({ domains }) => domains[domain]?.includes(NIC) === true,
    )
    expect(facts.domains).toEqual({ [domain]: [NIC] })
    await lab.berth(['vm', 'terminate', 'behind', '--hard'])
    await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
  })
})

/** Until the host was probed this many times more. */
async function cycles(lab: Lab, count: number): Promise<void> {
  const reportedAt = async () =>
    ((await lab.berthJson('host', 'show', HOST)) as { reportedAt: string }).reportedAt
  for (let seen = 0, last = await reportedAt(); seen < count; ) {
    const now = await reportedAt()
    if (now === last) continue
    last = now
    seen += 1
  }
}
