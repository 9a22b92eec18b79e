/** `berth vm attach-pci|detach-pci|attach-usb|detach-usb`: devices for a VM while it runs, and in its template. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseAddress } from '../../model/address.ts'
import type { UsbNumbers } from '../../model/usb-device.ts'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print, wholeNumber } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { changeAndFollow, tellFailure, type WaitOptions, waitOptions } from './follow.ts'
import { moved } from './goals.ts'
import { outcomeLine } from './show.ts'

interface AttachOptions extends JsonOption, WaitOptions {
  readonly vendor?: string
  readonly device?: string
  readonly class?: string
  readonly address?: string
  readonly kind?: string
  readonly functions?: string
  readonly count?: number
  readonly unmanaged?: true
}

interface AttachUsbOptions extends JsonOption, WaitOptions {
  readonly vendor?: string
  readonly product?: string
  readonly at?: UsbNumbers
  readonly port?: string
}

interface DetachUsbOptions extends DetachOptions {
  readonly port?: string
}

interface DetachOptions extends JsonOption, WaitOptions {
  readonly request?: number
}

function addressText(text: string): string {
  const address = parseAddress(text)
  if (address === null) throw new InvalidArgumentError('It must be a PCI address: 0000:3b:00.0, or 3b:00.0.')
  return address
}

/** Asks, and tells what the VM has then; an order that is to be tried again is no success, and its reason stands with the VM. */
async function move(
  cli: Cli,
  vm: string,
  verb: string,
  body: unknown,
  options: JsonOption & WaitOptions,
): Promise<void> {
  const work = () => callApi<VmView>(cli.ports, 'POST', apiPath('vms', vm, verb), body)
  const followed = await changeAndFollow(cli, vm, options, work, moved)
  if (followed.failure === null || options.json) print(cli, options, followed.vm, devicesText)
  if (options.wait) tellFailure(cli, followed)
  else tellMoving(cli, followed.vm)
}

function tellMoving(cli: Cli, vm: VmView): void {
  if (vm.moving === null) return
  cli.ports.stderr(`berth: not yet ${vm.moving === 'attach' ? 'attached' : 'detached'}: ${outcomeLine(vm)}`)
  cli.finish(FAILURE)
}

function devicesText(vm: VmView): string {
  const passed = vm.devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
  const usb = vm.usb.map(({ port, id }) => `USB ${port} (${id})`)
  const has = vm.host === null ? 'its template is changed' : `has ${[...passed, ...usb].join(', ') || 'none'}`
  return `VM ${vm.id} (${vm.name}) ${has}\n`
}

export function hotplugCommands(group: Command, cli: Cli): void {
  pciCommands(group, cli)
  usbCommands(group, cli)
}

function pciCommands(group: Command, cli: Cli): void {
  waitOptions(
    leaf(
      group
        .command('attach-pci')
        .summary('give a VM one more PCI device, live where it runs')
        .description(
          'Gives a VM one more PCI device. While it runs: found on its host by the rules of a deploy, claimed, plugged in and verified;\n' +
            'and in its template. While it does not run: in its template only.',
        ),
      ['vm attach-pci train-1 --vendor 10de --class 0302', 'vm attach-pci train-1 --address 3b:00.0'],
    ),
  )
    .argument('<vm>', 'id or name', nameArgument)
    .option('--vendor <id>', 'hexadecimal, as VENDOR in a template')
    .option('--device <id>', 'hexadecimal, as DEVICE in a template')
    .option('--class <id>', 'hexadecimal, as CLASS in a template')
    .option('--address <address>', 'the device at that address', addressText)
    .option('--count <n>', 'so many', wholeNumber(1))
    .addOption(new Option('--kind <kind>', 'a VF, a PF or neither').choices(['VF', 'PF', 'PLAIN', 'ANY']))
    .addOption(new Option('--functions <which>', 'ALL = the whole card').choices(['ALL']))
    .option('--unmanaged', 'Berth binds, resets and rebinds it, not libvirt')
    .action((vm: string, options: AttachOptions) => {
      const { vendor, device, class: classId, address, kind, functions, count, unmanaged } = options
      const block = { vendor, device, class: classId, address, kind, functions, count }
      return move(cli, vm, 'attach-pci', given({ ...block, ...(unmanaged && { managed: false }) }), options)
    })

  waitOptions(
    leaf(
      group
        .command('detach-pci')
        .summary('take a PCI device from a VM, live where it runs')
        .description(
          'Takes a PCI device, with all that its PCI block was given, from a VM and its template. A running guest must let go of it:\n' +
            'one that does not answer keeps it, and is asked again until it does or is stopped.',
        ),
      ['vm detach-pci train-1 3b:00.0', 'vm detach-pci train-1 --request 0'],
    ),
  )
    .argument('<vm>', 'id or name', nameArgument)
    .argument('[address]', '0000:3b:00.0, or 3b:00.0', addressText)
    .option('--request <n>', "a stopped VM's PCI block, counted from 0", wholeNumber(0))
    .action(async (vm: string, address: string | undefined, options: DetachOptions, command: Command) => {
      const { request } = options
      if ((address === undefined) === (request === undefined))
        command.error('error: name the device by its address, or the block by --request', { exitCode: 2 })
      await move(cli, vm, 'detach-pci', given({ address, request }), options)
    })
}

function usbCommands(group: Command, cli: Cli): void {
  waitOptions(
    leaf(
      group
        .command('attach-usb')
        .summary('give a VM one more USB device, live where it runs')
        .description(
          'Gives a VM one more USB device of its host, and its template a USB block. While the VM runs, the device is plugged in\n' +
            'and verified; otherwise only the template changes.',
        ),
      ['vm attach-usb desk-1 --vendor 0627 --product 0001', 'vm attach-usb desk-1 --port 1-4'],
    ),
  )
    .argument('<vm>', 'id or name', nameArgument)
    .option('--vendor <id>', 'hexadecimal, as VENDOR in a template')
    .option('--product <id>', 'hexadecimal, as PRODUCT in a template')
    .option('--at <bus:device>', 'as lsusb prints it: 001:004', usbNumbers)
    .option('--port <port>', 'where it is plugged in: 1-4', nameArgument)
    .action((vm: string, options: AttachUsbOptions) => {
      const { at, vendor, product, port } = options
      return move(cli, vm, 'attach-usb', given({ vendor, product, port, ...at }), options)
    })

  waitOptions(
    leaf(
      group
        .command('detach-usb')
        .summary('take a USB device from a VM, live where it runs')
        .description('Takes a USB device from a VM, and its USB block from the template.'),
      ['vm detach-usb desk-1 --port 1-4', 'vm detach-usb desk-1 001:004'],
    ),
  )
    .argument('<vm>', 'id or name', nameArgument)
    .argument('[bus:device]', 'as lsusb prints it: 001:004', usbNumbers)
    .option('--port <port>', 'where it is plugged in', nameArgument)
    .option('--request <n>', "a stopped VM's USB block, counted from 0", wholeNumber(0))
    .action(async (vm: string, at: UsbNumbers | undefined, options: DetachUsbOptions, command: Command) => {
      const { port, request } = options
      if ([at, port, request].filter((name) => name !== undefined).length !== 1)
        command.error('error: name the device by BUS:DEVICE or --port, or the block by --request', {
          exitCode: 2,
        })
      await move(cli, vm, 'detach-usb', given({ ...at, port, request }), options)
    })
}

function usbNumbers(text: string): UsbNumbers {
  const [, bus, device] = /^([0-9]{1,3}):([0-9]{1,3})$/.exec(text) ?? []
  if (bus === undefined || device === undefined || Number(bus) === 0 || Number(device) === 0)
    throw new InvalidArgumentError('It must be bus and device as lsusb prints them: 001:004.')
  return { bus: Number(bus), device: Number(device) }
}
