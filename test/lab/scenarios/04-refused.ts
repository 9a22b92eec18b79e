/** What the host needs, and what others hold, is refused with the reason; nothing of it is touched. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { HOST, startService, untilVms, type VmFacts } from '../service.ts'
import { createVms } from '../templates.ts'

/** The NVMe with SR-IOV hangs on a subsystem: between it and its disk stands a multipath node. */
const DISK = '0000:04:00.0'
const NIC = '0000:01:00.0'
const BRIDGED = '0000:02:00.0'
const FOREIGN = '0000:06:00.0'
const DRIVE = '0000:05:00.0'
const PF = '0000:03:00.0'

interface Case {
  readonly name: string
  readonly address: string
  readonly what: string
  readonly code: string
  readonly detail: string
}

const CASES: readonly Case[] = [
  {
    name: 'mounted',
    address: DISK,
    what: 'an NVMe drive with a mounted file system',
    code: 'in-use-by-host',
    detail: 'mounted at /mnt/disk',
  },
  {
    name: 'database',
    address: '0000:00:08.0',
    what: "the disk that Berth's own database is on",
    code: 'in-use-by-host',
    detail: 'mounted at /var/lib/berth',
  },
  {
    name: 'address',
    address: NIC,
    what: 'a NIC that carries an address',
    code: 'in-use-by-host',
    detail: '10.9.9.1',
  },
  {
    name: 'port',
    address: BRIDGED,
    what: 'a NIC that is a port of a network bridge',
    code: 'in-use-by-host',
    detail: 'br-lab',
  },
  {
    name: 'foreign',
    address: FOREIGN,
    what: 'a device that a domain of somebody else holds',
    code: 'in-use-by-host',
    detail: 'foreign',
  },
  {
    name: 'disk',
    address: DRIVE,
    what: 'a drive that a domain of somebody else has as a disk',
    code: 'in-use-by-host',
    detail: 'is open by process',
  },
  { name: 'bridge', address: '0000:0a:00.0', what: 'a PCI bridge', code: 'bridge', detail: '0000:0a:00.0' },
  {
    name: 'display',
    address: '0000:08:00.0',
    what: 'the boot display',
    code: 'in-use-by-host',
    detail: 'display',
  },
  {
    name: 'chipset',
    address: '0000:00:1f.2',
    what: 'a function in the IOMMU group of the ISA bridge',
    code: 'group-not-viable',
    detail: '0000:00:1f.0',
  },
  {
    name: 'pf',
    address: PF,
    what: 'a physical function that has virtual ones',
    code: 'pf-has-vfs',
    detail: '0000:03:10.0',
  },
]

const PREPARE = `
disk_of() { echo /dev/$(basename /sys/bus/pci/devices/$1/nvme/*/nvme*n1 | sed 's/c[0-9]*n/n/'); }
disk=$(disk_of ${DISK})
mke2fs -q -F $disk
mount $disk /mnt/disk
echo precious >/mnt/disk/file
sync
ip address add 10.9.9.1/24 dev $(ls /sys/bus/pci/devices/${NIC}/net)
ip link add br-lab type bridge
ip link set $(ls /sys/bus/pci/devices/${BRIDGED}/net) master br-lab
sed "s|@DRIVE@|$(disk_of ${DRIVE})|" /lab/host/foreign.xml >/tmp/foreign.xml
virsh create /tmp/foreign.xml
[ $(cat /sys/bus/pci/devices/${PF}/sriov_numvfs) = 2 ] || echo 2 >/sys/bus/pci/devices/${PF}/sriov_numvfs
udevadm settle`

const UNDO = `
umount /mnt/disk
ip address del 10.9.9.1/24 dev $(ls /sys/bus/pci/devices/${NIC}/net)
ip link del br-lab
virsh destroy foreign`

scenario('4: what the host needs is refused, with the reason', (lab) => {
  let before: Facts
  let found: Readonly<Record<string, VmFacts>>
  let reasons: Readonly<Record<string, string>>

  beforeAll(async () => {
    await startService(lab)
    await lab.output(PREPARE)
    before = await readFacts(lab)
    await createVms(lab, ...CASES.map(({ name, address }) => ({ name, pci: [`ADDRESS = "${address}"`] })))
    found = await untilVms(lab, 'all say why they wait', (vms) =>
      CASES.every(({ name }) => (vms[name]?.message ?? '') !== ''),
    )
    const answers = await lab.berth(
      ...CASES.flatMap(({ name, address }) => [
        ['explain', name, '--json'],
        ['device', 'show', HOST, address, '--json'],
      ]),
    )
    reasons = Object.fromEntries(
      CASES.map(({ name }, index) => [name, [0, 1].map((one) => answers[2 * index + one]?.stdout).join('')]),
    )
  }, 600_000)

  afterAll(async () => {
    await lab.berth(...CASES.map(({ name }) => ['vm', 'terminate', name]))
    await lab.output(UNDO)
  })

  for (const { name, what, code, detail } of CASES)
    test(what, () => {
      expect(found[name]?.state).toBe('PENDING')
      expect(reasons[name]).toContain(code)
      expect(reasons[name]).toContain(detail)
    })

  test('nothing has been touched: drivers, domains, the mounted file, the address', async () => {
    const after = await readFacts(lab)
    expect(after).toEqual(before)
    expect(after.domains).toEqual({ foreign: [FOREIGN] })
    expect(await lab.output('cat /mnt/disk/file; ip -brief address show to 10.9.9.1')).toMatch(
      /^precious\n\S+ /,
    )
  })
})
