/** Writes USB devices into a small sysfs tree, as the kernel of the lab's host shows them. */
import type { Entry, Tree } from './sysfs-tree.ts'

type Files = Readonly<Record<string, Entry | null>>

export interface Plug {
  /** Over the usual files; null = leave out. */
  readonly files?: Files
  /** Class and driver of its interface. */
  readonly interface?: { readonly class: string; readonly driver: string | null }
}

/** `1-2` below the root hub `usb1` of the controller whose folder (below sys) is given; gives its folder. */
export function plugIn(tree: Tree, controllerDir: string, name: string, plug: Plug = {}): string {
  const bus = name.startsWith('usb') ? name.slice(3) : name.split('-')[0]
  const hub = name.startsWith('usb')
  const dir = hub ? `${controllerDir}/${name}` : `${controllerDir}/usb${bus}/${name}`
  tree.write(`sys/${dir}`, 'folder:')
  const usual: Files = {
    ...{ busnum: `${bus}\n`, devnum: hub ? '1\n' : '2\n', devpath: `${name.split('-')[1] ?? 0}\n` },
    ...{ idVendor: '0627\n', idProduct: '0001\n', bcdDevice: '0000\n' },
    ...{ bDeviceClass: hub ? '09\n' : '00\n', speed: '480\n' },
  }
  for (const [file, entry] of Object.entries({ ...usual, ...plug.files }))
    if (entry !== null) tree.write(`sys/${dir}/${file}`, entry)
  const own = hub ? `${bus}-0:1.0` : `${name}:1.0`
  const { class: interfaceClass, driver } =
    plug.interface ?? (hub ? { class: '09', driver: 'hub' } : { class: '03', driver: 'usbhid' })
  tree.write(`sys/${dir}/${own}/bInterfaceClass`, `${interfaceClass}\n`)
  if (driver !== null) tree.write(`sys/${dir}/${own}/driver`, { link: `../../../bus/usb/drivers/${driver}` })
  for (const [entry, target] of [
    [name, dir],
    [own, `${dir}/${own}`],
  ] as const)
    tree.write(`sys/bus/usb/devices/${entry}`, { link: `../../../${target}` })
  return dir
}

/** The lab's host: two root hubs, a tablet, two keyboards of its ids, a stick on the fast bus. Gives the controller's folder. */
export function plugInZoo(tree: Tree, files: { readonly stick?: Files } = {}): string {
  const controller = tree.pci('0000:07:00.0', { class: '0x0c0330\n' }, 'devices/pci0000:00/0000:00:04.6')
  plugIn(tree, controller, 'usb1', { files: { idVendor: '1d6b\n', idProduct: '0002\n' } })
  plugIn(tree, controller, 'usb2', {
    files: { idVendor: '1d6b\n', idProduct: '0003\n', speed: '5000\n' },
  })
  plugIn(tree, controller, '1-2', {
    files: { serial: '42\n', manufacturer: 'QEMU\n', product: 'QEMU USB Tablet\n' },
  })
  plugIn(tree, controller, '1-3', { files: { devnum: '3\n', product: 'QEMU USB Keyboard\n' } })
  plugIn(tree, controller, '1-4', { files: { devnum: '4\n', product: 'QEMU USB Keyboard\n' } })
  plugIn(tree, controller, '2-1', {
    files: { idVendor: '46f4\n', serial: 'STICK1\n', speed: '5000\n', ...files.stick },
    interface: { class: '08', driver: 'usb-storage' },
  })
  return controller
}
