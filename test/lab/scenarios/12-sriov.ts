/** Virtual functions made and removed on the kernel's own igb and nvme, one given to a guest as its network interface, and all again after a reset. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { HOST, startService, untilBoot, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:03:00.0'
const NVME = '0000:04:00.0'
const VF = '0000:03:10.0'
const MAC = '02:00:0a:00:00:0c'
const INTERFACE = `$(ls /sys/bus/pci/devices/${NIC}/net)`

interface Pf {
  readonly address: string
  readonly totalVfs: number
  readonly numVfs: number
  readonly wantedVfs: number | null
  readonly driverAble: boolean | null
  readonly failure: string | null
  readonly vfs: readonly {
    readonly address: string
    readonly index: number | null
    readonly driver: string | null
    readonly vm: number | null
    readonly state: string
  }[]
}

scenario('12: virtual functions, from the wish to the guest and over a reset', (lab) => {
  let found: { readonly nic: number; readonly nvme: number; readonly up: boolean }
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    const flags = await lab.output(`cat /sys/class/net/${INTERFACE}/flags`)
    found = {
      nic: (await kernel(lab, NIC)).length,
      nvme: (await kernel(lab, NVME)).length,
      up: (Number(flags.trim()) & 1) === 1,
    }
    // What another scenario has made by hand is taken over, and made again in the end.
    for (const pf of [NIC, NVME]) await must(lab, 'sriov', 'set', HOST, pf, '0')
  })

  afterAll(async () => {
    await lab.berth(
      ['vm', 'terminate', 'networked', '--hard'],
      ['sriov', 'set', HOST, NIC, '0'],
      ['sriov', 'set', HOST, NVME, '0'],
    )
    await lab.output(`
      [ ${found.nic} = 0 ] || echo ${found.nic} >/sys/bus/pci/devices/${NIC}/sriov_numvfs
      [ ${found.nvme} = 0 ] || echo ${found.nvme} >/sys/bus/pci/devices/${NVME}/sriov_numvfs
      ip link set ${INTERFACE} ${found.up ? 'up' : 'down'}
      udevadm settle`)
  })

  test('the list has the devices that can, and how many', async () => {
    const capable = await lab.output(
      "cd /sys/bus/pci/devices && grep -H . */sriov_totalvfs | sed 's,/sriov_totalvfs:, ,'",
    )
    const pfs = (await list(lab)).map(({ address, totalVfs }) => `${address} ${totalVfs}`)
    expect(pfs).toEqual(capable.trim().split('\n'))
  })

  test('two are made, without a driver, and are in the inventory at once', async () => {
    const said = await must(lab, 'sriov', 'set', HOST, '03:00.0', '2')
    expect(said).toContain('has 2 of 7 virtual functions: 03:10.0 03:10.2')
    expect(await kernel(lab, NIC)).toEqual([VF, '0000:03:10.2'])
    const nic = await pf(lab, NIC)
    expect(nic).toMatchObject({ numVfs: 2, wantedVfs: 2, driverAble: true, failure: null })
    expect(nic.vfs.map(({ address, index, driver, state }) => [address, index, driver, state])).toEqual([
      [VF, 0, null, 'free'],
      ['0000:03:10.2', 1, null, 'free'],
    ])
    const { drivers } = await readFacts(lab)
    expect([drivers[VF], drivers['0000:03:10.2']]).toEqual([null, null])
    expect(await lab.berthJson('device', 'show', HOST, NIC)).toMatchObject({ state: 'unassignable' })
  })

  test('more than it can have is refused in words, and nothing changes', async () => {
    const [refused] = await lab.berth(['sriov', 'set', HOST, NIC, '99'])
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused?.stderr).toContain('supports 7 virtual functions, not 99')
    expect(await kernel(lab, NIC)).toHaveLength(2)
    expect(await pf(lab, NIC)).toMatchObject({ wantedVfs: 2 })
  })

  test('another number comes by way of none', async () => {
    await must(lab, 'sriov', 'set', HOST, NIC, '4')
    expect(await kernel(lab, NIC)).toHaveLength(4)
    expect(await pf(lab, NIC)).toMatchObject({ numVfs: 4, wantedVfs: 4 })
  })

  test('a drive has them too, and gives them up', async () => {
    await must(lab, 'sriov', 'set', HOST, NVME, '4')
    const { drivers } = await readFacts(lab)
    const vfs = await kernel(lab, NVME)
    expect(vfs.map((vf) => [vf, drivers[vf]])).toEqual([1, 2, 3, 4].map((n) => [`0000:04:00.${n}`, null]))
    await must(lab, 'sriov', 'set', HOST, NVME, '0')
    expect(await kernel(lab, NVME)).toEqual([])
    expect((await lab.output(`cat /sys/bus/pci/devices/${NVME}/sriov_drivers_autoprobe`)).trim()).toBe('1')
  })

  test('a VM that wants one on the network waits while the PF is down, and says what to do', async () => {
    await lab.output(`ip link set ${INTERFACE} down`)
    const pci = [`TYPE = "NIC", SHORT_ADDRESS = "03:10.0", MAC = "${MAC}", VLAN_ID = "42"`]
    ;[domain = ''] = await createVms(lab, { name: 'networked', pci })
    const vms = await untilVms(
      lab,
      'it was refused',
      ({ networked }) => networked?.message?.includes('is down') === true,
    )
    expect(vms.networked?.message).toMatch(/`ip link set \S+ up` changes that/)
    expect((await readFacts(lab)).drivers[VF]).toBeNull()
  })

  test('with the PF up the guest has it as an interface; libvirt and the kernel say so', async () => {
    await lab.output(`ip link set ${INTERFACE} up`)
    await lab.berth(['vm', 'start', 'networked'])
    await untilVms(lab, 'it runs', ({ networked }) => networked?.state === 'RUNNING')
    const { domains, drivers } = await readFacts(lab)
    expect([domains[domain], drivers[VF]]).toEqual([[VF], 'vfio-pci'])
    const xml = await lab.output(`virsh dumpxml ${domain}`)
    const [nic = ''] = xml.match(/<interface type='hostdev'[\s\S]*?<\/interface>/) ?? []
    expect(nic).toContain(`<mac address='${MAC}'/>`)
    expect(nic).toContain("<tag id='42'/>")
    expect(await vfLine(lab, 0)).toMatch(new RegExp(`${MAC}.*vlan 42`))
  })

  test('while the VM has it the number stays as it is', async () => {
    const [refused] = await lab.berth(['sriov', 'set', HOST, NIC, '2'])
    const { networked } = await untilVms(lab, 'it is there', ({ networked }) => networked !== undefined)
    expect(refused).toMatchObject({ status: 1 })
    expect(refused?.stderr).toContain(`${VF} is with VM ${networked?.id}`)
    expect(await kernel(lab, NIC)).toHaveLength(4)
    expect((await readFacts(lab)).domains[domain]).toEqual([VF])
  })

  test('given back, it has neither driver nor address nor VLAN of its VM', async () => {
    const [ended] = await lab.berth(['vm', 'terminate', 'networked', '--hard'])
    expect(ended).toMatchObject({ status: 0 })
    await untilFacts(lab, 'it is back', ({ drivers, vfio }) => drivers[VF] === null && vfio.length === 0)
    await untilVms(lab, 'it is done', ({ networked }) => networked?.state === 'DONE')
    const line = await vfLine(lab, 0)
    expect(line).not.toContain(MAC)
    expect(line).not.toContain('vlan 42')
  })

  test('after a reset they are made again, and nothing of them was lost', async () => {
    await must(lab, 'device', 'allow', HOST, VF)
    await lab.output('sync')
    const boot = lab.boot()
    await lab.hardware('system_reset')
    await untilBoot(lab, boot)
    expect(await kernel(lab, NIC)).toEqual([])
    await startService(lab)
    await untilFacts(lab, 'they are there', ({ drivers }) => drivers[VF] === null)
    const end = Date.now() + 120_000
    let nic = await pf(lab, NIC)
    while (nic.vfs.some(({ state }) => state !== 'free') && Date.now() < end) nic = await pf(lab, NIC)
    expect(nic).toMatchObject({ numVfs: 4, wantedVfs: 4, failure: null })
    expect(nic.vfs.map(({ driver, state }) => [driver, state])).toEqual(Array(4).fill([null, 'free']))
    expect(await kernel(lab, NIC)).toEqual(nic.vfs.map(({ address }) => address))
    expect(await lab.berthJson('device', 'show', HOST, VF)).toMatchObject({ allowed: true })
    const [check] = await lab.berth(['db', 'check'])
    expect(check).toMatchObject({ status: 0 })
  }, 900_000)

  test('none again: the kernel has its own way with new ones, and the device can be given', async () => {
    await must(lab, 'sriov', 'set', HOST, NIC, '0')
    expect(await kernel(lab, NIC)).toEqual([])
    expect((await lab.output(`cat /sys/bus/pci/devices/${NIC}/sriov_drivers_autoprobe`)).trim()).toBe('1')
    expect(await lab.berthJson('device', 'show', HOST, NIC)).toMatchObject({ wantedVfs: null, state: 'free' })
  })
})

/** A PF's VFs as the kernel links them, by index. */
async function kernel(lab: Lab, pf: string): Promise<readonly string[]> {
  const links = await lab.output(
    `cd /sys/bus/pci/devices/${pf} && find . -maxdepth 1 -name 'virtfn*' -printf '%f %l\\n'`,
  )
  const vfs = [...links.matchAll(/^virtfn(\d+) \S*\/(\S+)$/gm)]
  return vfs.sort((a, b) => Number(a[1]) - Number(b[1])).map(([, , address = '']) => address)
}

async function list(lab: Lab): Promise<readonly Pf[]> {
  return ((await lab.berthJson('sriov', 'list', HOST)) as { readonly pfs: readonly Pf[] }).pfs
}

async function pf(lab: Lab, address: string): Promise<Pf> {
  const one = (await list(lab)).find((candidate) => candidate.address === address)
  if (one === undefined) throw new Error(`${address} is not in the list`)
  return one
}

/** What `ip link` says of one VF. */
async function vfLine(lab: Lab, index: number): Promise<string> {
  const text = await lab.output(`ip link show dev ${INTERFACE}`)
  return text.split('\n').find((line) => line.includes(`vf ${index} `)) ?? ''
}

async function must(lab: Lab, ...command: readonly string[]): Promise<string> {
  const [result] = await lab.berth(command)
  if (result?.status !== 0) throw new Error(`berth ${command.join(' ')}: ${JSON.stringify(result)}`)
  return result.stdout
}
