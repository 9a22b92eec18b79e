/** The main job: a guest gets four devices of four kinds, reads and writes through one of them, and all of them come back. */
import { beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { diskGuest } from '../recipe/boot-sector.ts'
import { HOST, startService, untilVms, vms } from '../service.ts'
import { createVms, serialOf } from '../templates.ts'

const NIC = '0000:02:00.0'
const NVME = '0000:05:00.0'
const VF = '0000:03:10.0'
/** Behind a conventional bridge: the second NIC there has a driver and must go along, the edu device has none. */
const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'
const DRIVERLESS_MATE = '0000:0b:03.0'
const ALL = [NIC, NVME, VF, RTL, MATE, DRIVERLESS_MATE]
const PASSED = [NIC, VF, NVME, RTL]

scenario(
  '2: a VM gets a NIC, an NVMe drive, a virtual function and a function whose group mate goes along',
  (lab) => {
    const marker = `MARKER-${Date.now().toString(36)}`
    let before: Facts
    let during: Facts
    let domain: string

    beforeAll(async () => {
      const image = diskGuest(marker).toString('base64')
      await lab.output(`
      [ $(cat /sys/bus/pci/devices/0000:03:00.0/sriov_numvfs) = 2 ] || echo 2 >/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs
      udevadm settle
      namespace=$(ls -d /sys/bus/pci/devices/${NVME}/nvme/*/nvme*n1); disk=/dev/$(basename $namespace | sed 's/c[0-9]*n/n/')
      echo ${image} | base64 -d | dd of=$disk bs=512 conv=fsync 2>/dev/null`)
      await startService(lab)
      before = await readFacts(lab)
      const [name] = await createVms(lab, {
        name: 'main',
        disk: false,
        pci: [
          'VENDOR = "8086", DEVICE = "10d3", SHORT_ADDRESS = "02:00.0"',
          'CLASS = "0108", SHORT_ADDRESS = "05:00.0"',
          'VENDOR = "8086", KIND = "VF", SHORT_ADDRESS = "03:10.0"',
          'VENDOR = "10ec", SHORT_ADDRESS = "0b:01.0"',
        ],
      })
      domain = name ?? ''
      await untilVms(lab, 'it runs', ({ main }) => main?.state === 'RUNNING')
      during = await readFacts(lab)
    })

    test('before it, every device is on its host driver', () => {
      expect(driversOf(before)).toEqual(['e1000e', 'nvme', 'igbvf', '8139cp', '8139cp', null])
      expect(before.vfio).toEqual([])
    })

    test('libvirt shows the four functions in the domain, and no mate', () => {
      expect(during.domains).toEqual({ [domain]: [...PASSED].sort() })
    })

    test('the functions and the mate are on vfio-pci, the driverless mate is left as it was', () => {
      expect(driversOf(during)).toEqual(['vfio-pci', 'vfio-pci', 'vfio-pci', 'vfio-pci', 'vfio-pci', null])
    })

    test('QEMU holds exactly their groups', async () => {
      const groups = [...new Set(PASSED.map((address) => during.groups[address]))].sort()
      expect([...during.vfio].sort()).toEqual(groups)
      const open = await lab.output(`ls -l /proc/$(cat /run/libvirt/qemu/${domain}.pid)/fd`)
      const held = [...open.matchAll(/\/dev\/vfio\/(\d+)/g)].map(([, group]) => Number(group))
      expect([...new Set(held)].sort()).toEqual(groups)
    })

    test('the guest reads from the drive by DMA', async () => {
      const serial = await lab.output(`
      for i in $(seq 300); do grep -qs WRITTEN ${serialOf('main')} && break; sleep 0.4; done
      cat ${serialOf('main')}`)
      expect(serial).toContain(marker)
      expect(serial).toContain('WRITTEN')
    })

    test('the guest sees them on its own PCI bus', async () => {
      const pci = await lab.output(`virsh qemu-monitor-command ${domain} --hmp 'info pci'`)
      for (const type of ['8086:10d3', '1b36:0010', '8086:10ca', '10ec:8139'])
        expect(pci).toContain(`PCI device ${type}`)
    })

    test('Berth says that it runs, and who has which device', async () => {
      const vm = (await vms(lab)).main
      expect(vm?.state).toBe('RUNNING')
      const passed = vm?.devices.filter(({ role }) => role === 'passed') ?? []
      expect(passed.map(({ address }) => address).sort()).toEqual([...PASSED].sort())
      const shown = JSON.stringify(await lab.berthJson('device', 'show', HOST, MATE))
      expect(JSON.parse(shown)).toMatchObject({ state: 'held', vm: vm?.id })
    })

    test('afterwards each device is back on the driver that it came from, and no group is open', async () => {
      const [ended] = await lab.berth(['vm', 'terminate', 'main', '--hard'])
      expect(ended).toMatchObject({ status: 0 })
      const after = await untilFacts(
        lab,
        'all are back',
        (facts) => driversOf(facts).join() === driversOf(before).join() && facts.vfio.length === 0,
      )
      expect(after.domains).toEqual({})
      expect(after.drivers).toEqual(before.drivers)
    })

    test('the host reads what the guest has written', async () => {
      const read = await lab.output(`
      namespace=$(ls -d /sys/bus/pci/devices/${NVME}/nvme/*/nvme*n1); disk=/dev/$(basename $namespace | sed 's/c[0-9]*n/n/')
      dd if=$disk bs=512 skip=1 count=1 iflag=direct 2>/dev/null | base64 -w0`)
      expect(read.trim()).toBe(diskGuest(marker).toString('base64'))
    })
  },
)

function driversOf({ drivers }: Facts): readonly (string | null | undefined)[] {
  return ALL.map((address) => drivers[address])
}
