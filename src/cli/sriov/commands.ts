/** `berth sriov`: the SR-IOV devices of a host, and how many virtual functions each is to have. */
import type { Command } from 'commander'
import { shortAddress } from '../../model/address.ts'
import type { HostSriov, PfView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print, wholeNumber } from '../command.ts'
import { addressArgument, devicePath } from '../device/path.ts'
import { printable } from '../text/printable.ts'
import { sriovText } from './list.ts'

interface SetOptions extends JsonOption {
  readonly autoprobe?: true
}

function setText({ address, hostName, totalVfs, numVfs, wantedVfs, vfs }: PfView): string {
  const here = `${address} of ${hostName}`
  const now = `${numVfs} of ${totalVfs} virtual functions`
  const wanted = wantedVfs ?? 0
  if (numVfs !== wanted) return `${printable(`${here} is to have ${wanted}; it has ${now} now`)}\n`
  const names = vfs.map((vf) => shortAddress(vf.address)).join(' ')
  return `${printable(`${here} has ${now}${names === '' ? '' : `: ${names}`}`)}\n`
}

export function sriovCommands(group: Command, cli: Cli): void {
  leaf(
    group.command('list').description('list the devices that can have virtual functions, and those below'),
    ['sriov list kvm-a'],
  )
    .argument('<host>', 'id or name', nameArgument)
    .action(async (host: string, options: JsonOption) => {
      const list = await callApi<HostSriov>(cli.ports, 'GET', apiPath('hosts', host, 'sriov'))
      print(cli, options, list, sriovText)
    })

  leaf(group.command('set').description('give a device that many virtual functions, after a reboot too'), [
    'sriov set kvm-a 3b:00.0 8',
    'sriov set kvm-a 3b:00.0 0',
  ])
    .argument('<host>', 'id or name', nameArgument)
    .argument('<address>', '0000:3b:00.0, or 3b:00.0', addressArgument)
    .argument('<number>', 'how many; 0 = none, and none is wanted any more', wholeNumber(0))
    .option('--autoprobe', 'let the host bind its own drivers to them; without it they wait for VMs')
    .action(async (host: string, address: string, numVfs: number, options: SetOptions) => {
      const body = given({ numVfs, autoprobe: options.autoprobe })
      const pf = await callApi<PfView>(cli.ports, 'POST', `${devicePath(host, address)}/sriov`, body)
      print(cli, options, pf, setText)
    })
}
