/** Reads each USB device's files below a sysfs root (Documentation/ABI/stable/sysfs-bus-usb): texts as they stand, for parse.ts. */
import { BerthError } from '../../src/model/errors.ts'
import { lastPart, readAttribute, readDir, readDirUnsorted, readLink, realPath, type Warn } from '../read.ts'

/** One device as its files say; null = no such file. */
export interface RawUsbDevice {
  /** `1-2.3`, `usb1`. */
  readonly name: string
  /** Its folder below sysfs' `devices`, all links followed. */
  readonly path: string
  readonly busnum: string | null
  readonly devnum: string | null
  readonly idVendor: string | null
  readonly idProduct: string | null
  readonly bcdDevice: string | null
  readonly bDeviceClass: string | null
  readonly serial: string | null
  readonly manufacturer: string | null
  readonly product: string | null
  readonly speed: string | null
  readonly interfaces: readonly {
    readonly bInterfaceClass: string | null
    /** The last part of its link. */
    readonly driver: string | null
  }[]
}

/** `1-2:1.0` is an interface, everything else a device. */
const INTERFACE = /^\d+-[\d.]+:\d+\.\d+$/

/**
 * All USB devices below `sysfs`, hubs included, in no order; none where the kernel has no USB. One that can't be read is
 * left out and named to `warn`; one that is pulled meanwhile is just not there.
 */
export function readUsbDevices(sysfs: string, warn: Warn): readonly RawUsbDevice[] {
  const dir = `${sysfs}/bus/usb/devices`
  return (readDir(dir) ?? [])
    .filter((name) => !name.includes(':'))
    .flatMap((name) => {
      try {
        return readUsbDevice(dir, name) ?? []
      } catch (error) {
        if (!(error instanceof BerthError)) throw error
        warn(`USB device ${name}: ${error.message}; left out`)
        return []
      }
    })
}

function readUsbDevice(dir: string, name: string): RawUsbDevice | null {
  const path = realPath(`${dir}/${name}`)
  const entries = path === null ? null : readDirUnsorted(path)
  if (path === null || entries === null) return null
  const text = (file: string) => (entries.includes(file) ? decoded(readAttribute(`${path}/${file}`)) : null)
  return {
    name,
    path,
    busnum: text('busnum'),
    devnum: text('devnum'),
    idVendor: text('idVendor'),
    idProduct: text('idProduct'),
    bcdDevice: text('bcdDevice'),
    bDeviceClass: text('bDeviceClass'),
    serial: text('serial'),
    manufacturer: text('manufacturer'),
    product: text('product'),
    speed: text('speed'),
    interfaces: entries
      .filter((entry) => INTERFACE.test(entry))
      .sort()
      .map((entry) => readInterface(`${path}/${entry}`)),
  }
}

function readInterface(path: string): RawUsbDevice['interfaces'][number] {
  const driver = readLink(`${path}/driver`)
  return {
    bInterfaceClass: readAttribute(`${path}/bInterfaceClass`),
    driver: driver === null ? null : lastPart(driver),
  }
}

/** The kernel gives what the device says as UTF-8 (drivers/usb/core/message.c, usb_string). */
function decoded(attribute: string | null): string | null {
  return attribute === null ? null : Buffer.from(attribute, 'latin1').toString('utf8')
}
