/** `berth demo`: the main job on simulated hosts, run by what main.ts handed in. */
import type { Command } from 'commander'
import type { Cli } from '../command.ts'

interface Options {
  readonly directory?: string
  readonly serve?: true
  readonly listen?: string
}

export function demoCommand(command: Command, cli: Cli): void {
  command
    .description(
      'Probes this machine and hosts that Berth simulates, places VMs on them and shows who has what; with --serve the page, too.',
    )
    .option(
      '--directory <dir>',
      'keep the database and the simulated hosts there (default: a new temporary folder)',
    )
    .option('--serve', 'then serve the page and run the loops, until SIGTERM or SIGINT; prints the URL')
    .option('--listen <address:port>', 'where on this machine (default: 127.0.0.1:2634)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ berth demo --directory /tmp/berth-demo\n  $ berth demo --serve --directory /tmp/berth-demo',
    )
    .action(async ({ directory, serve, listen }: Options) => {
      if (listen !== undefined && !serve) command.error('error: --listen goes with --serve', { exitCode: 2 })
      const demo = { directory: directory ?? null, serve: serve === true, listen: listen ?? null }
      cli.finish(await cli.ports.demo(demo))
    })
}
