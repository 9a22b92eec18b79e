/** The probe against the kernel's and lspci's own account of the same host. */
import { beforeAll, expect, test } from 'vitest'
import { scenario } from '../lab.ts'

interface Row {
  readonly type: string
  readonly driver: string | null
  readonly revision: string | null
  readonly progIf: string
  readonly iommuGroup: number | null
  readonly parent: string | null
}

interface Probed {
  readonly address: string
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly progIf: string
  readonly revision: string | null
  readonly driver: string | null
  readonly iommuGroup: number | null
  readonly parent: string | null
  readonly kind: string
  readonly bridge: boolean
  readonly vendorName: string | null
  readonly deviceName: string | null
}

const SCRIPT = `
echo 2 >/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs
echo 2 >/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs
udevadm settle
lspci -Dvmmnnk
echo ----
for device in /sys/kernel/iommu_groups/*/devices/*; do echo "$device"; done
echo ----
find /sys/bus/pci/devices/*/physfn -maxdepth 0 -printf '%p %l\\n'`

scenario('1: what the probe finds is what lspci and the kernel say', (lab) => {
  let records: ReadonlyMap<string, ReadonlyMap<string, string>>
  let groups: ReadonlyMap<string, number>
  let parents: ReadonlyMap<string, string>
  let probed: readonly Probed[]

  beforeAll(async () => {
    const [lspci = '', groupLinks = '', physfns = ''] = (await lab.output(SCRIPT)).split('----\n')
    records = new Map(lspci.trim().split('\n\n').map(record))
    groups = new Map(
      [...groupLinks.matchAll(/iommu_groups\/(\d+)\/devices\/(\S+)/g)].map(([, group, address = '']) => [
        address,
        Number(group),
      ]),
    )
    parents = new Map(
      [...physfns.matchAll(/devices\/(\S+)\/physfn \S*\/(\S+)/g)].map(([, address = '', parent = '']) => [
        address,
        parent,
      ]),
    )
    const [result] = await lab.berth(['probe', 'pci', '--format', 'json'])
    expect(result?.stderr).toBe('')
    probed = JSON.parse(result?.stdout ?? '').devices
  })

  test('every device, its ids, driver, IOMMU group and parent', () => {
    const expected = [...records].map(([address, fields]): [string, Row] => [
      address,
      {
        type: ['Vendor', 'Device', 'Class'].map((name) => id(fields.get(name))).join(':'),
        driver: fields.get('Driver') ?? null,
        revision: fields.get('Rev') ?? '00',
        progIf: fields.get('ProgIf') ?? '00',
        iommuGroup: groups.get(address) ?? null,
        parent: parents.get(address) ?? null,
      },
    ])
    const found = probed.map((one): [string, Row] => [
      one.address,
      {
        type: `${one.vendor}:${one.device}:${one.class}`,
        driver: one.driver,
        revision: one.revision,
        progIf: one.progIf,
        iommuGroup: one.iommuGroup,
        parent: one.parent,
      },
    ])
    expect(expected.length).toBeGreaterThan(40)
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  })

  test('names as lspci prints them, none where lspci knows none', () => {
    const names = (one: Probed) => {
      const fields = records.get(one.address)
      return [nameIn(fields?.get('Vendor'), 'Vendor'), nameIn(fields?.get('Device'), 'Device')]
    }
    expect(probed.map((one) => [one.address, one.vendorName, one.deviceName])).toEqual(
      probed.map((one) => [one.address, ...names(one)]),
    )
  })

  test('SR-IOV: two physical functions with two virtual ones each', () => {
    const of = (kind: string) => probed.filter((one) => one.kind === kind).map((one) => one.address)
    expect(of('pf')).toEqual(['0000:03:00.0', '0000:04:00.0'])
    expect(of('vf')).toEqual([...parents.keys()].sort())
    expect(parents.size).toBe(4)
  })

  test('bridges are those with bridge headers', async () => {
    const headers = await lab.output(
      `for device in /sys/bus/pci/devices/*; do echo "\${device##*/} $(od -An -tu1 -j14 -N1 "$device/config")"; done`,
    )
    const bridges = [...headers.matchAll(/^(\S+)\s+(\d+)$/gm)]
      .filter(([, , header]) => (Number(header) & 0x7f) !== 0)
      .map(([, address]) => address)
    expect(probed.filter((one) => one.bridge).map((one) => one.address)).toEqual(bridges)
    expect(bridges.length).toBe(13)
  })
})

function record(text: string): [string, ReadonlyMap<string, string>] {
  const fields = new Map(
    [...text.matchAll(/^(\w+):\t(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  return [fields.get('Slot') ?? '', fields]
}

const id = (text: string | undefined): string => /\[(\w{4})\]$/.exec(text ?? '')?.[1] ?? 'none'

/** lspci writes `Device [1111]` where it knows no name. */
function nameIn(text: string | undefined, unknown: string): string | null {
  const name = (text ?? '').replace(/ ?\[\w{4}\]$/, '')
  return name === unknown ? null : name
}
