/** USB devices of a simulated machine in sysfs (Documentation/ABI/stable/sysfs-bus-usb): they come and go with their controller's driver. */
import type { Address } from '../model/address.ts'
import type { TreeFiles } from './files.ts'
import type { MachineDescription, UsbBus, UsbPlugged } from './machine.ts'

/** `dir` = the controller's folder. */
export function writeUsb(files: TreeFiles, machine: MachineDescription, on: Address, dir: string): void {
  for (const bus of busesOf(machine, on)) {
    writeUsbDevice(files, `${dir}/usb${bus.bus}`, bus.bus, rootHub(machine, bus), on)
    for (const device of bus.devices)
      writeUsbDevice(files, `${dir}/usb${bus.bus}/${device.port}`, bus.bus, device, on)
  }
}

export function removeUsb(files: TreeFiles, machine: MachineDescription, on: Address, dir: string): void {
  for (const { bus, devices } of busesOf(machine, on)) {
    for (const { port } of [{ port: `usb${bus}` }, ...devices]) {
      files.remove(`bus/usb/devices/${port}`)
      files.remove(`bus/usb/devices/${interfaceOf(port)}`)
    }
    files.remove(`${dir}/usb${bus}`)
  }
}

function busesOf(machine: MachineDescription, on: Address): readonly UsbBus[] {
  return (machine.usb ?? []).filter((bus) => bus.on === on)
}

/** As the kernel describes its own root hubs (drivers/usb/core/hcd.c). */
function rootHub(
  machine: MachineDescription,
  { on, bus, speed }: UsbBus,
): UsbPlugged & { readonly hub: true } {
  const [major = '6', minor = '0'] = machine.kernel.split('.')
  return {
    port: `usb${bus}`,
    device: 1,
    id: speed > 480 ? '1d6b:0003' : '1d6b:0002',
    release: `${major.padStart(2, '0')}${minor.padStart(2, '0')}`,
    manufacturer: `Linux ${machine.kernel} xhci-hcd`,
    product: 'xHCI Host Controller',
    serial: on,
    speed,
    interfaceClass: '09',
    driver: 'hub',
    hub: true,
  }
}

/** A root hub's first interface is that of its bus' port 0. */
function interfaceOf(port: string): string {
  return port.startsWith('usb') ? `${port.slice(3)}-0:1.0` : `${port}:1.0`
}

function writeUsbDevice(
  files: TreeFiles,
  dir: string,
  bus: number,
  device: UsbPlugged & { readonly hub?: true },
  controller: Address,
): void {
  const [vendor, product] = device.id.split(':')
  files.folder(dir)
  const texts: Readonly<Record<string, string | number | null>> = {
    ...{ busnum: bus, devnum: device.device, idVendor: vendor ?? '', idProduct: product ?? '' },
    ...{ bcdDevice: device.release, bDeviceClass: device.hub ? '09' : '00', speed: device.speed },
    ...{ devpath: device.hub ? 0 : device.port.slice(device.port.indexOf('-') + 1) },
    ...{ manufacturer: device.manufacturer, product: device.product, serial: device.serial },
  }
  for (const [name, text] of Object.entries(texts))
    if (text !== null) files.file(`${dir}/${name}`, `${text}\n`)
  files.link(`${dir}/subsystem`, 'bus/usb')
  files.link(`bus/usb/devices/${device.port}`, dir)
  writeInterface(files, `${dir}/${interfaceOf(device.port)}`, device, controller)
}

function writeInterface(files: TreeFiles, dir: string, device: UsbPlugged, controller: Address): void {
  files.folder(dir)
  files.file(`${dir}/bInterfaceClass`, `${device.interfaceClass}\n`)
  files.link(`bus/usb/devices/${interfaceOf(device.port)}`, dir)
  if (device.driver === null) return
  files.folder(`bus/usb/drivers/${device.driver}`)
  files.link(`${dir}/driver`, `bus/usb/drivers/${device.driver}`)
  files.file(`${dir}/uevent`, `DRIVER=${device.driver}\nPCI_SLOT_NAME=${controller}\n`)
}
