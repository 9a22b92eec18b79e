/** `berth db`: the commands that go past the API to the database itself. */
import type { Command } from 'commander'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import type { DatabaseVersion } from '../ports.ts'
import { printable } from '../text/printable.ts'

const versionText = ({ location, schemaVersion }: DatabaseVersion): string =>
  `${printable(location)} is at schema ${schemaVersion}\n`

export function dbCommands(group: Command, cli: Cli): void {
  leaf(group.command('migrate').description("bring the database's schema up to this version's"), [
    'db migrate --db postgres://berth@db/berth',
  ]).action(async (options: JsonOption) => {
    const version = await cli.ports.database.migrate()
    print(cli, options, version, versionText)
  })

  leaf(group.command('check').description('verify all invariants; exit status 1 when one is broken'), [
    'db check',
  ]).action(async (options: JsonOption) => {
    const problems = await cli.ports.database.check()
    print(cli, options, { problems }, () => (problems.length === 0 ? 'no problem found\n' : ''))
    for (const { code, message } of problems) cli.ports.stderr(`berth: ${printable(message)} [${code}]\n`)
    if (problems.length > 0) cli.finish(FAILURE)
  })
}
