/** What people and services do to libvirt behind Berth's back is noticed, and what is not Berth's to end is left alone. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { cycles, HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:01:00.0'
/** An edu device: alone in its group, and without a driver. */
const SPARE = '0000:09:00.0'
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

  test('the orphan is told by `berth drift`, which ends nothing', async () => {
    const [result] = await lab.berth(['drift', '--repair', '--json'])
    expect(result?.status).toBe(1)
    expect(JSON.parse(result?.stdout ?? '')).toMatchObject([
      { drift: [{ code: 'orphan-domain', domain: 'berth-999', repair: null }] },
    ])
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

const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'

scenario('7: drivers are changed behind Berth’s back', (lab) => {
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    ;[domain = ''] = await createVms(lab, {
      name: 'rebound',
      pci: ['VENDOR = "10ec", SHORT_ADDRESS = "0b:01.0"'],
    })
    await untilVms(lab, 'it runs', ({ rebound }) => rebound?.state === 'RUNNING')
  })

  const drift = async (...options: readonly string[]) => {
    const [result] = await lab.berth(['drift', ...options, '--json'])
    return { status: result?.status, drift: JSON.parse(result?.stdout ?? '')[0].drift }
  }

  test('nothing differs while nobody has touched anything', async () => {
    expect(await drift()).toEqual({ status: 0, drift: [] })
  })

  test('a group mate that was taken off vfio-pci is told, and bound again under the running VM', async () => {
    // The kernel refuses it a host driver while the VM has its group, so it is left without any.
    await lab.output(`
      echo ${MATE} >/sys/bus/pci/drivers/vfio-pci/unbind
      echo ${MATE} >/sys/bus/pci/drivers/8139cp/bind || true`)
    expect((await readFacts(lab)).drivers[MATE]).toBeNull()
    const told = { code: 'claimed-not-on-vfio', address: MATE }
    expect(await drift()).toMatchObject({ status: 1, drift: [{ ...told, repair: 'possible' }] })
    const [shown] = await lab.berth(['host', 'show', HOST])
    expect(shown?.stdout).toContain(`${MATE}, a group mate of a device of VM`)
    expect(await drift('--repair')).toMatchObject({ status: 0, drift: [{ ...told, repair: 'repaired' }] })
    const after = await readFacts(lab)
    expect([after.drivers[MATE], after.domains]).toEqual(['vfio-pci', { [domain]: [RTL] }])
    expect(await drift()).toEqual({ status: 0, drift: [] })
  })

  test("a device that is nobody's any more and stands without its driver is given back to it", async () => {
    await lab.berth(['vm', 'terminate', 'rebound', '--hard'])
    await untilVms(lab, 'it is done', ({ rebound }) => rebound?.state === 'DONE')
    expect((await readFacts(lab)).drivers[MATE]).toBe('8139cp')
    await lab.output(`echo ${MATE} >/sys/bus/pci/drivers/8139cp/unbind`)
    const told = { code: 'not-given-back', address: MATE }
    expect(await drift()).toMatchObject({ status: 1, drift: [told] })
    expect(await drift('--repair')).toMatchObject({ status: 0, drift: [{ ...told, repair: 'repaired' }] })
    expect((await readFacts(lab)).drivers[MATE]).toBe('8139cp')
  })

  test('a process that has a VFIO group open without libvirt is told, and its device not given', async () => {
    await lab.output(`
      echo vfio-pci >/sys/bus/pci/devices/${SPARE}/driver_override
      echo ${SPARE} >/sys/bus/pci/devices/${SPARE}/driver/unbind 2>/dev/null || true
      echo ${SPARE} >/sys/bus/pci/drivers_probe
      echo >/sys/bus/pci/devices/${SPARE}/driver_override
      setsid sleep 600 <>/dev/vfio/$(basename $(readlink /sys/bus/pci/devices/${SPARE}/iommu_group)) >/dev/null 2>&1 &
      echo $! >/run/holder.pid; sleep 0.3`)
    expect(await drift()).toMatchObject({ status: 1, drift: [{ code: 'vfio-open', address: SPARE }] })
    const shown = JSON.stringify(await lab.berthJson('device', 'show', HOST, SPARE))
    expect(shown).toContain('(sleep)')
    expect(shown).toContain('unassignable')
    await lab.output(`
      kill $(cat /run/holder.pid); sleep 0.3
      echo ${SPARE} >/sys/bus/pci/drivers/vfio-pci/unbind`)
    expect(await drift()).toEqual({ status: 0, drift: [] })
  })
})
