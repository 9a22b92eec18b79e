/** `berth device bind|unbind|reserve`: a device between its host driver and vfio-pci. */
import type { Command } from 'commander'
import type { DeviceView } from '../../view/documents.ts'
import { callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { printable } from '../text/printable.ts'
import { addressArgument, devicePath } from './path.ts'

interface ReserveOptions extends JsonOption {
  readonly no?: true
}

function whereText({ address, hostName, driver }: DeviceView): string {
  return `${printable(`${address} of ${hostName} is on ${driver ?? 'no driver'}`)}\n`
}

function reservedText(device: DeviceView): string {
  const said = device.reserved ? 'is reserved: it stays on vfio-pci' : 'is not reserved any more'
  return `${printable(`${device.address} of ${device.hostName} ${said}; now on ${device.driver ?? 'no driver'}`)}\n`
}

export function bindingCommands(group: Command, cli: Cli): void {
  const onDevice = (name: string, description: string, examples: readonly string[]) =>
    leaf(group.command(name).description(description), examples)
      .argument('<host>', 'id or name', nameArgument)
      .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)

  onDevice('bind', 'take a device from its host driver to vfio-pci, its driver written down', [
    'device bind kvm-a 3b:00.0',
  ]).action(async (host: string, address: string, options: JsonOption) => {
    const device = await callApi<DeviceView>(cli.ports, 'POST', `${devicePath(host, address)}/bind`)
    print(cli, options, device, whereText)
  })

  onDevice('unbind', 'give a device back to the driver that it came from', [
    'device unbind kvm-a 3b:00.0',
  ]).action(async (host: string, address: string, options: JsonOption) => {
    const device = await callApi<DeviceView>(cli.ports, 'POST', `${devicePath(host, address)}/unbind`)
    print(cli, options, device, whereText)
  })

  onDevice('reserve', 'keep a device on vfio-pci for good, after a reboot too', [
    'device reserve kvm-a 3b:00.0',
    'device reserve kvm-a 3b:00.0 --no',
  ])
    .option('--no', 'take it back; the device stays where it is until it is unbound')
    .action(async (host: string, address: string, options: ReserveOptions) => {
      const body = { reserve: options.no !== true }
      const path = `${devicePath(host, address)}/reserve`
      print(cli, options, await callApi<DeviceView>(cli.ports, 'POST', path, body), reservedText)
    })
}
