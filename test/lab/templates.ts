/** Templates of the VMs that scenarios start, small enough for emulation inside emulation. */
import { type Lab, quoted } from './lab.ts'

export interface Wanted {
  readonly name: string
  /** Contents of PCI blocks. */
  readonly pci: readonly string[]
  /** Contents of USB blocks. */
  readonly usb?: readonly string[]
  /** Without a disk the guest boots from what it is given. */
  readonly disk?: false
  /** Firmware needs more memory than the programs of one sector. */
  readonly uefi?: true
}

/** Where the guest's serial line is written. */
export const serialOf = (name: string): string => `/run/${name}.serial`

function templateText({ name, pci, usb = [], disk, uefi }: Wanted): string {
  // libvirt lets a BIOS guest boot from what the definition names only; a passed device is not named there.
  const lax = "<qemu:commandline><qemu:arg value='-boot'/><qemu:arg value='strict=off'/></qemu:commandline>"
  const serial = `<devices><serial type='file'><source path='${serialOf(name)}'/></serial></devices>`
  return [
    `NAME = "${name}"`,
    'CPU = 0.1',
    uefi ? 'MEMORY = 64\nOS = [ FIRMWARE = "UEFI" ]' : 'MEMORY = 32',
    disk === false
      ? ''
      : 'DISK = [ SOURCE = "/lab/idle-guest.img", FORMAT = "raw", TARGET = "vda", READONLY = "YES" ]',
    `RAW = [ TYPE = "kvm", DATA = "${serial}${disk === false && !uefi ? lax : ''}" ]`,
    ...pci.map((block) => `PCI = [ ${block} ]`),
    ...usb.map((block) => `USB = [ ${block} ]`),
  ].join('\n')
}

/** Until the guest's program runs: before that it answers no unplug. */
export async function untilGuestUp(lab: Lab, name: string): Promise<void> {
  await lab.output(
    `for i in $(seq 300); do grep -qs 'GUEST UP' ${serialOf(name)} && exit 0; sleep 0.4; done; exit 1`,
    300_000,
  )
}

/** Creates the VMs in one go; gives the domains' names in the order of the VMs. */
export async function createVms(lab: Lab, ...wanted: readonly Wanted[]): Promise<readonly string[]> {
  await lab.output(
    wanted.map((vm) => `printf %s ${quoted(templateText(vm))} >/tmp/${vm.name}.template`).join('\n'),
  )
  const results = await lab.berth(
    ...wanted.map(({ name }) => ['vm', 'create', `/tmp/${name}.template`, '--json']),
  )
  return results.map((result) => {
    if (result.status !== 0) throw new Error(`vm create: ${JSON.stringify(result)}`)
    return `berth-${JSON.parse(result.stdout).id}`
  })
}
