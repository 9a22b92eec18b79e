/** USB devices are told as lsusb tells them, go to one VM each, and never while the host uses them; their controller stays. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const CONTROLLER = '0000:07:00.0'
/** The tablet and both keyboards have these ids. */
const IDS = 'VENDOR = "0627", PRODUCT = "0001"'
const NAMES = ['usb-tablet', 'usb-kbd-a', 'usb-kbd-b'] as const
/** Made without a USB device. */
const LATE = 'usb-late'
const PORTS = ['1-2', '1-3', '1-4']

interface ProbedUsb {
  readonly bus: number
  readonly device: number
  readonly port: string
  readonly vendor: string
  readonly product: string
  readonly serial: string | null
  readonly drivers: readonly string[]
  readonly controller: string | null
}

const digits = (value: number): string => String(value).padStart(3, '0')
const numbersOf = ({ bus, device }: Pick<ProbedUsb, 'bus' | 'device'>): string =>
  `${digits(bus)}:${digits(device)}`

scenario('13: USB devices go to one VM each, and their controller to none meanwhile', (lab) => {
  let probed: readonly ProbedUsb[]
  let domains: readonly string[]

  const probe = async (): Promise<readonly ProbedUsb[]> => {
    const [result] = await lab.berth(['probe', 'usb', '--json'])
    expect(result?.stderr).toBe('')
    return JSON.parse(result?.stdout ?? '').devices
  }

  /** Numbers of a domain's USB hostdevs, as dumpxml has them. */
  const held = async (domain: string): Promise<readonly string[]> => {
    const xml = await lab.output(`virsh dumpxml ${domain}`)
    const hostdevs = xml.match(/<hostdev [^>]*type='usb'[\s\S]*?<\/hostdev>/g) ?? []
    return hostdevs.flatMap((hostdev) => {
      const [, bus, device] = /<source[\s\S]*?<address bus='(\d+)' device='(\d+)'\/>/.exec(hostdev) ?? []
      return bus === undefined ? [] : [numbersOf({ bus: Number(bus), device: Number(device) })]
    })
  }

  beforeAll(() => startService(lab))

  afterAll(async () => {
    await lab.berth(
      ...[...NAMES, LATE, 'usb-controller', 'usb-stick'].map((name) => ['vm', 'terminate', name, '--hard']),
    )
    await lab.output('umount /mnt/disk || true')
  })

  test('the probe tells what lsusb tells', async () => {
    probed = await probe()
    const lsusb = await lab.output('lsusb')
    const told = [...lsusb.matchAll(/^Bus (\d+) Device (\d+): ID (\w{4}:\w{4})/gm)].map(
      ([, bus, device, id]) => `${bus}:${device} ${id}`,
    )
    expect(probed.map((one) => `${numbersOf(one)} ${one.vendor}:${one.product}`).sort()).toEqual(told.sort())
    const at = (port: string) => probed.find((one) => one.port === port)
    expect(at('1-2')).toMatchObject({ serial: '42', drivers: ['usbhid'], controller: CONTROLLER })
    expect(at('2-1')).toMatchObject({ serial: 'STICK1', drivers: ['usb-storage'], controller: CONTROLLER })
  })

  test('three VMs ask for the same ids, and each gets another device', async () => {
    domains = await createVms(lab, ...NAMES.map((name) => ({ name, pci: [], usb: [IDS] })))
    await untilVms(lab, 'they run', (vms) => NAMES.every((name) => vms[name]?.state === 'RUNNING'))
    const given: string[] = []
    for (const domain of domains) given.push(...(await held(domain)))
    const wanted = PORTS.map((port) => probed.find((one) => one.port === port)).map((one) =>
      one === undefined ? null : numbersOf(one),
    )
    expect(given).toEqual(wanted)
    expect(new Set(given).size).toBe(3)
  })

  test('the guests have them: QEMU names the tablet and the keyboards, and the host reads none of them', async () => {
    const [tablet = '', first = '', second = ''] = domains
    const seen = (domain: string) => lab.output(`virsh qemu-monitor-command ${domain} --hmp 'info usb'`)
    expect(await seen(tablet)).toContain('QEMU USB Tablet')
    for (const domain of [first, second]) expect(await seen(domain)).toContain('QEMU USB Keyboard')
    const drivers = await lab.output(
      `for port in ${PORTS.join(' ')}; do basename "$(readlink /sys/bus/usb/devices/$port:1.0/driver)"; done`,
    )
    expect(drivers).not.toContain('usbhid')
  })

  test('one is plugged out of a running guest and into another that had none, and the templates say so', async () => {
    const keyboards = (domain: string) => lab.output(`virsh qemu-monitor-command ${domain} --hmp 'info usb'`)
    const [, , before = ''] = domains
    const [late = ''] = await createVms(lab, { name: LATE, pci: [] })
    await untilVms(lab, 'it runs', (vms) => vms[LATE]?.state === 'RUNNING')
    const [out, into] = await lab.berth(
      ['vm', 'detach-usb', 'usb-kbd-b', '--port', '1-4'],
      ['vm', 'attach-usb', LATE, '--vendor', '0627'],
    )
    expect([out, into]).toMatchObject([
      { status: 0, stderr: '' },
      { status: 0, stderr: '' },
    ])
    expect(await held(before)).toEqual([])
    expect(await held(late)).toEqual(probed.filter(({ port }) => port === '1-4').map(numbersOf))
    expect(await keyboards(before)).not.toContain('QEMU USB Keyboard')
    expect(await keyboards(late)).toContain('QEMU USB Keyboard')
    expect(await lab.berthJson('vm', 'show', LATE)).toMatchObject({
      template: expect.stringContaining('USB = [ VENDOR = "0627" ]'),
    })
  })

  test('the controller is refused, and the refusal names what is in use below it', async () => {
    await createVms(lab, { name: 'usb-controller', pci: [`ADDRESS = "${CONTROLLER}"`] })
    await untilVms(lab, 'it says why it waits', (vms) =>
      (vms['usb-controller']?.message ?? '').includes('USB controller in use'),
    )
    expect(await lab.berthJson('explain', 'usb-controller')).toMatchObject({
      reasons: [{ code: 'usb-in-use', message: expect.stringContaining('1-2') }],
    })
    expect(await lab.output(`basename $(readlink /sys/bus/pci/devices/${CONTROLLER}/driver)`)).toBe(
      'xhci_hcd\n',
    )
  })

  test('a stick with a mounted file system is refused, and stays mounted', async () => {
    await lab.output(`
      disk=/dev/$(basename $(ls -d /sys/bus/usb/devices/2-1/2-1:1.0/host*/target*/*/block/*))
      mke2fs -q -F $disk
      mount $disk /mnt/disk
      echo precious >/mnt/disk/file
      sync`)
    await createVms(lab, { name: 'usb-stick', pci: [], usb: ['VENDOR = "46f4"'] })
    await untilVms(lab, 'it says why it waits', (vms) =>
      (vms['usb-stick']?.message ?? '').includes('USB device'),
    )
    expect(await lab.berthJson('explain', 'usb-stick')).toMatchObject({
      reasons: [{ code: 'usb-not-free', message: expect.stringContaining('2-1: in use by the host') }],
    })
    const shown = JSON.stringify(await lab.berthJson('host', 'show', HOST))
    expect(shown).toContain('is mounted at /mnt/disk')
    expect(await lab.output('cat /mnt/disk/file')).toBe('precious\n')
  })

  test('afterwards the host has its tablet and keyboards back, and no domain is left', async () => {
    const all = [...NAMES, LATE]
    await lab.berth(...all.map((name) => ['vm', 'terminate', name, '--hard']))
    await untilVms(lab, 'they are done', (vms) => all.every((name) => vms[name]?.state === 'DONE'))
    expect(await lab.output('virsh list --name')).toBe('\n')
    const back = await lab.output(`
      for port in ${PORTS.join(' ')}; do
        for i in $(seq 100); do [ -e /sys/bus/usb/devices/$port:1.0/driver ] && break; sleep 0.2; done
        basename "$(readlink /sys/bus/usb/devices/$port:1.0/driver)"
      done`)
    expect(back).toBe('usbhid\nusbhid\nusbhid\n')
    const [check] = await lab.berth(['db', 'check'])
    expect(check).toMatchObject({ status: 0 })
  })
})
