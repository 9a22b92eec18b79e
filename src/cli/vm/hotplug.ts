/** `berth vm attach-pci|detach-pci`: devices for a VM while it runs, and in its template. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseAddress } from '../../model/address.ts'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print, wholeNumber } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { outcomeLine } from './show.ts'

interface AttachOptions extends JsonOption {
  readonly vendor?: string
  readonly device?: string
  readonly class?: string
  readonly address?: string
  readonly kind?: string
  readonly functions?: string
  readonly count?: number
  readonly unmanaged?: true
}

interface DetachOptions extends JsonOption {
  readonly request?: number
}

function addressText(text: string): string {
  const address = parseAddress(text)
  if (address === null) throw new InvalidArgumentError('It must be a PCI address: 0000:3b:00.0, or 3b:00.0.')
  return address
}

/** What it has now; an order that is to be tried again is no success, and its reason stands with the VM. */
function tell(cli: Cli, options: JsonOption, vm: VmView): void {
  print(cli, options, vm, devicesText)
  if (vm.moving === null) return
  cli.ports.stderr(`berth: not yet ${vm.moving === 'attach' ? 'attached' : 'detached'}: ${outcomeLine(vm)}`)
  cli.finish(FAILURE)
}

function devicesText(vm: VmView): string {
  const passed = vm.devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
  const has = vm.host === null ? 'its template is changed' : `has ${passed.join(', ') || 'no PCI device'}`
  return `VM ${vm.id} (${vm.name}) ${has}\n`
}

export function hotplugCommands(group: Command, cli: Cli): void {
  leaf(
    group
      .command('attach-pci')
      .summary('give a VM one more PCI device, live where it runs')
      .description(
        'Gives a VM one more PCI device. While it runs: found on its host by the rules of a deploy, claimed, plugged in and verified;\n' +
          'and in its template. While it does not run: in its template only.',
      ),
    ['vm attach-pci train-1 --vendor 10de --class 0302', 'vm attach-pci train-1 --address 3b:00.0'],
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
    .action(async (vm: string, options: AttachOptions) => {
      const { unmanaged, json: _, ...block } = options
      const body = given({ ...block, ...(unmanaged && { managed: false }) })
      tell(cli, options, await callApi<VmView>(cli.ports, 'POST', apiPath('vms', vm, 'attach-pci'), body))
    })

  leaf(
    group
      .command('detach-pci')
      .summary('take a PCI device from a VM, live where it runs')
      .description(
        'Takes a PCI device, with all that its PCI block was given, from a VM and its template. A running guest must let go of it:\n' +
          'one that does not answer keeps it, and is asked again until it does or is stopped.',
      ),
    ['vm detach-pci train-1 3b:00.0', 'vm detach-pci train-1 --request 0'],
  )
    .argument('<vm>', 'id or name', nameArgument)
    .argument('[address]', '0000:3b:00.0, or 3b:00.0', addressText)
    .option('--request <n>', "a stopped VM's PCI block, counted from 0", wholeNumber(0))
    .action(async (vm: string, address: string | undefined, options: DetachOptions, command: Command) => {
      const { request } = options
      if ((address === undefined) === (request === undefined))
        command.error('error: name the device by its address, or the block by --request', { exitCode: 2 })
      const body = given({ address, request })
      tell(cli, options, await callApi<VmView>(cli.ports, 'POST', apiPath('vms', vm, 'detach-pci'), body))
    })
}
