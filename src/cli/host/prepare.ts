/** `berth host prepare`: `berth prepare` on another machine, through its agent. */
import type { Command } from 'commander'
import type { HostErrand } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { jsonText } from '../text/printable.ts'

const LOOK_MS = 500
/** Commands that make an initramfs take their time. */
const LIMIT_MS = 15 * 60_000

export function prepareCommand(group: Command, cli: Cli): void {
  leaf(
    group
      .command('prepare')
      .summary('run `berth prepare` on a host, through its agent')
      .description(
        'Runs `berth prepare` on the host, through its agent: shown first; -- --apply writes, -- --undo takes back. Prints what that\n' +
          'prints there; the exit status is that one.',
      )
      .argument('<host>', 'id or name', nameArgument)
      .argument('[args...]', "berth prepare's own arguments, behind --"),
    ['host prepare kvm-a', 'host prepare kvm-a -- --apply --device 0000:3b:00.0'],
  ).action(async (host: string, args: readonly string[], options: JsonOption) => {
    const asked = await callApi<HostErrand>(cli.ports, 'POST', apiPath('hosts', host, 'prepare'), { args })
    const done = await answered(cli, host, asked)
    if (options.json) cli.ports.stdout(`${jsonText(done)}\n`)
    else {
      cli.ports.stdout(done.answer?.stdout ?? '')
      cli.ports.stderr(done.answer?.stderr ?? '')
    }
    if (done.answer === null)
      cli.ports.stderr(`berth: ${host}: ${done.failure ?? 'its agent has not answered yet'}\n`)
    cli.finish(done.answer?.status ?? FAILURE)
  })
}

async function answered(cli: Cli, host: string, asked: HostErrand): Promise<HostErrand> {
  let errand = asked
  for (const end = Date.now() + LIMIT_MS; errand.state === 'waiting' && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    errand = await callApi<HostErrand>(cli.ports, 'GET', apiPath('hosts', host, 'prepare', errand.errand))
  }
  return errand
}
