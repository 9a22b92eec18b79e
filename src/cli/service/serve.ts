/** `berth serve`: the loops and the door, run by what main.ts handed in. */
import type { Command } from 'commander'
import { type Cli, logFormatOption, wholeNumber } from '../command.ts'

interface Options {
  readonly interval?: number
  readonly listen?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsSelfSigned?: true
  readonly logFormat?: 'plain' | 'json'
}

export function serveCommand(command: Command, cli: Cli): void {
  command
    .summary('run the loops, and the door for agents and people, until told to stop')
    .description(
      "Probes, plans, deploys and takes in events, again and again, until SIGTERM or SIGINT. Hosts' agents and people elsewhere reach it where it listens; SIGHUP reads the certificate anew.",
    )
    .option('--interval <seconds>', 'seconds between two cycles', wholeNumber(1))
    .option(
      '--listen <address:port>',
      'where to listen, or none; other addresses than loopback take TLS (default: $BERTH_LISTEN, else 127.0.0.1:2634)',
    )
    .option('--tls-cert <file>', 'certificate with its chain, PEM (default: $BERTH_TLS_CERT)')
    .option('--tls-key <file>', 'its private key, PEM (default: $BERTH_TLS_KEY)')
    .option('--tls-self-signed', 'make a certificate at the first start; clients know it by its fingerprint')
    .addOption(logFormatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ berth serve --db /var/lib/berth/berth.db\n  $ berth serve --listen 0.0.0.0:2634 --tls-self-signed',
    )
    .action(async ({ interval, listen, tlsCert, tlsKey, tlsSelfSigned, logFormat }: Options) => {
      cli.finish(
        await cli.ports.serve({
          intervalSeconds: interval ?? null,
          listen: listen ?? null,
          tlsCert: tlsCert ?? null,
          tlsKey: tlsKey ?? null,
          tlsSelfSigned: tlsSelfSigned === true,
          logFormat: logFormat ?? null,
        }),
      )
    })
}
