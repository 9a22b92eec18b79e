/** `berth serve`: the loops, run by what main.ts handed in. */
import type { Command } from 'commander'
import { type Cli, wholeNumber } from '../command.ts'

export function serveCommand(command: Command, cli: Cli): void {
  command
    .summary('run the loops until told to stop')
    .description('Probes, plans, deploys and takes in events, again and again, until SIGTERM or SIGINT.')
    .option('--interval <seconds>', 'seconds between two cycles', wholeNumber(1))
    .addHelpText('after', '\nExample:\n  $ berth serve --db /var/lib/berth/berth.db')
    .action(async (options: { readonly interval?: number }) => {
      cli.finish(await cli.ports.serve({ intervalSeconds: options.interval ?? null }))
    })
}
