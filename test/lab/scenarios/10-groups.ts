/** IOMMU groups as Berth shows them against the kernel's folders, and libvirt's node devices beside both. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

interface Member {
  readonly address: string
  readonly bridge: boolean
  readonly driver: string | null
  readonly vm: number | null
  readonly state: string
}

interface Group {
  readonly group: number | null
  readonly state: string
  readonly viable: boolean
  readonly why: string | null
  readonly vm: number | null
  readonly devices: readonly Member[]
}

interface Groups {
  readonly groups: readonly Group[]
  readonly libvirt: {
    readonly differences: readonly object[] | null
    readonly failure: string | null
  } | null
}

/** Three cards on a conventional bus are one group with its bridge; two have a driver, and one of these gets an address. */
const BRIDGE = '0000:0a:00.0'
const CARD = '0000:0b:01.0'
const MATE = '0000:0b:02.0'
const THIRD = '0000:0b:03.0'
const MATE_NIC = `$(ls /sys/bus/pci/devices/${MATE}/net)`

scenario('10: IOMMU groups are those of the kernel, and libvirt agrees', (lab) => {
  beforeAll(async () => {
    await startService(lab)
    await probed(lab)
  }, 600_000)

  afterAll(async () => {
    await lab.berth(['vm', 'terminate', 'grouped', '--hard'])
    await lab.output(`
      ip address flush dev ${MATE_NIC}
      if [ -e /run/made-vfs ]; then
        echo 0 >/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs; rm /run/made-vfs; udevadm settle
      fi`)
  })

  test('every group, its members and their drivers', async () => {
    const { groups, libvirt } = await shown(lab)
    const { drivers, groups: kernel } = await readFacts(lab)
    expect(Object.fromEntries(members(groups).map(({ address, group }) => [address, group]))).toEqual(kernel)
    const folders = await lab.output('cd /sys/kernel/iommu_groups && ls -d [0-9]*')
    expect(groups.flatMap(({ group }) => group ?? [])).toEqual(
      folders
        .trim()
        .split('\n')
        .map(Number)
        .sort((a, b) => a - b),
    )
    expect(Object.fromEntries(members(groups).map(({ address, driver }) => [address, driver]))).toEqual(
      Object.fromEntries(Object.keys(kernel).map((address) => [address, drivers[address]])),
    )
    expect(libvirt).toBeNull()
  })

  test('a device in no group would stand last; here all are in one', async () => {
    const { groups } = await shown(lab)
    const { drivers, groups: kernel } = await readFacts(lab)
    const ungrouped = Object.keys(drivers).filter((address) => kernel[address] === undefined)
    const last = groups.find(({ group }) => group === null)
    expect(last?.devices.map(({ address }) => address) ?? []).toEqual(ungrouped)
  })

  test('bridges are told from endpoints', async () => {
    const group = await groupOf(lab, CARD)
    expect(group.devices.map(({ address, bridge }) => [address, bridge])).toEqual([
      [BRIDGE, true],
      [CARD, false],
      [MATE, false],
      [THIRD, false],
    ])
  })

  test('libvirt agrees with the kernel on every device', async () => {
    const { libvirt } = await shown(lab, '--libvirt')
    expect(libvirt).toEqual({ differences: [], failure: null })
    const listed = (await lab.output('virsh nodedev-list --cap pci')).trim().split('\n')
    expect(listed.length).toBe(Object.keys((await readFacts(lab)).drivers).length)
    const [answer] = await lab.berth(['host', 'groups', HOST, '--libvirt'])
    expect(answer).toMatchObject({ status: 0, stderr: '' })
    expect(answer?.stdout).toContain('libvirt agrees')
  })

  test('a group is viable until the host uses a mate, and again when it does not', async () => {
    expect(await groupOf(lab, CARD)).toMatchObject({ viable: true, state: 'free', why: null })
    await lab.output(`ip address add 10.9.10.1/24 dev ${MATE_NIC}`)
    await probed(lab)
    const used = await groupOf(lab, CARD)
    expect(used).toMatchObject({ viable: false, state: 'unassignable' })
    expect(used.why).toContain(`${MATE} in it is in use by the host`)
    expect(used.why).toContain('10.9.10.1')
    await lab.output(`ip address flush dev ${MATE_NIC}`)
    await probed(lab)
    expect(await groupOf(lab, CARD)).toMatchObject({ viable: true, state: 'free' })
  })

  test('a group that a VM has is held by it, its devices as the kernel has them, and libvirt still agrees', async () => {
    const before = (await readFacts(lab)).drivers
    const pci = ['VENDOR = "10ec", SHORT_ADDRESS = "0b:01.0"']
    const [domain = ''] = await createVms(lab, { name: 'grouped', pci })
    const { grouped } = await untilVms(lab, 'it runs', (vms) => vms.grouped?.state === 'RUNNING')
    await probed(lab)
    const held = await groupOf(lab, CARD)
    const { domains, drivers } = await readFacts(lab)
    expect([domains[domain], drivers[CARD], drivers[MATE]]).toEqual([[CARD], 'vfio-pci', 'vfio-pci'])
    expect(held).toMatchObject({ state: 'held', viable: true, vm: grouped?.id })
    expect(held.devices.map(({ address, driver }) => [address, driver])).toEqual(
      [BRIDGE, CARD, MATE, THIRD].map((address) => [address, drivers[address]]),
    )
    expect((await shown(lab, '--libvirt')).libvirt).toEqual({ differences: [], failure: null })
    await lab.berth(['vm', 'terminate', 'grouped', '--hard'])
    await untilFacts(lab, 'both are back', (facts) =>
      [CARD, MATE].every((address) => facts.drivers[address] === before[address]),
    )
  })

  test('trouble is told before it bites: a display without a ROM, resets and isolation that are missing', async () => {
    const methods = await lab.output(
      `cat /sys/bus/pci/devices/0000:08:00.0/reset_method; ls /sys/bus/pci/devices/0000:08:00.0`,
    )
    const codes = await diagnosisOf(lab, '0000:08:00.0')
    expect(codes.includes('no-rom')).toBe(!/^rom$/m.test(methods))
    expect(codes.includes('no-function-reset')).toBe(!/\bflr\b/.test(methods.split('\n')[0] ?? ''))
    expect(codes).toContain('not-isolated')
    expect(await diagnosisOf(lab, CARD)).toContain('not-isolated')
    const vf = await lab.output(`
      if ! [ -e /sys/bus/pci/devices/0000:03:10.0 ]; then
        echo 2 >/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs; touch /run/made-vfs; udevadm settle
      fi
      od -An -tx1 -N4 /sys/bus/pci/devices/0000:03:10.0/config`)
    expect(vf.trim()).toBe('ff ff ff ff')
    await probed(lab)
    expect(await diagnosisOf(lab, '0000:03:10.0')).toEqual([])
  })
})

async function shown(lab: Lab, ...flags: readonly string[]): Promise<Groups> {
  return (await lab.berthJson('host', 'groups', HOST, ...flags)) as Groups
}

const members = (groups: readonly Group[]) =>
  groups.flatMap(({ group, devices }) =>
    group === null ? [] : devices.map((device) => ({ ...device, group })),
  )

async function groupOf(lab: Lab, address: string): Promise<Group> {
  const { groups } = await shown(lab)
  const found = groups.find(({ devices }) => devices.some((device) => device.address === address))
  if (found === undefined) throw new Error(`${address} is in no group: ${JSON.stringify(groups)}`)
  return found
}

async function diagnosisOf(lab: Lab, address: string): Promise<readonly string[]> {
  const shown = (await lab.berthJson('device', 'show', HOST, address)) as {
    readonly diagnosis: readonly { readonly code: string }[]
  }
  return shown.diagnosis.map(({ code }) => code)
}

/** Until a report was taken in that began after now: the one after next. */
async function probed(lab: Lab): Promise<void> {
  const reportedAt = async () =>
    ((await lab.berthJson('host', 'show', HOST)) as { reportedAt: string | null }).reportedAt
  for (let seen = 0, last = await reportedAt(); seen < 2; ) {
    const now = await reportedAt()
    if (now === last) continue
    last = now
    seen += 1
  }
}
