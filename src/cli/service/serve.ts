/** `berth serve`: the loops, run by what main.ts handed in. */
import { type Command, Option } from 'commander'
import { type Cli, wholeNumber } from '../command.ts'

interface Options {
  readonly interval?: number
  readonly logFormat?: 'plain' | 'json'
}

export function serveCommand(command: Command, cli: Cli): void {
  command
    .summary('run the loops until told to stop')
    .description('Probes, plans, deploys and takes in events, again and again, until SIGTERM or SIGINT.')
    .option('--interval <seconds>', 'seconds between two cycles', wholeNumber(1))
    .addOption(
      new Option(
        '--log-format <format>',
        'plain lines, or JSON lines for machines (default: $BERTH_LOG, else plain)',
      ).choices(['plain', 'json']),
    )
    .addHelpText('after', '\nExample:\n  $ berth serve --db /var/lib/berth/berth.db')
    .action(async ({ interval, logFormat }: Options) => {
      cli.finish(await cli.ports.serve({ intervalSeconds: interval ?? null, logFormat: logFormat ?? null }))
    })
}
