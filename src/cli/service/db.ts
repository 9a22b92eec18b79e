/** `berth db`: the commands that go past the API to the database itself. */
import type { Command } from 'commander'
import { type Cli, type JsonOption, leaf, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import type { CopiedDatabase, DatabaseBackup, DatabaseProblem, DatabaseVersion } from '../ports.ts'
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
    tell(cli, problems)
  })

  leaf(
    group
      .command('backup <file>')
      .description(
        'copy a SQLite database into a file, safely while it is in use; exit status 1 when an invariant is broken in it',
      )
      .option('--force', 'overwrite the file'),
    ['db backup /var/backups/berth-monday.db'],
  ).action(async (file: string, options: ForceOption) => {
    const backup = await cli.ports.database.backup(file, { overwrite: options.force === true })
    print(cli, options, backup, backupText)
    tell(cli, backup.problems ?? [])
  })

  leaf(
    group
      .command('copy <from> <to>')
      .description('copy a whole database into an empty one, of SQLite or PostgreSQL')
      .option('--force', 'also while a serve works on it: for a copy that nobody goes on with'),
    ['db copy /var/lib/berth/berth.db postgres://berth@db/berth'],
  ).action(async (from: string, to: string, options: ForceOption) => {
    const copied = await cli.ports.database.copy(from, to, { served: options.force === true })
    print(cli, options, copied, copiedText)
  })
}

interface ForceOption extends JsonOption {
  readonly force?: true
}

function tell(cli: Cli, problems: readonly DatabaseProblem[]): void {
  for (const { code, message } of problems) cli.ports.stderr(`berth: ${printable(message)} [${code}]\n`)
  if (problems.length > 0) cli.finish(FAILURE)
}

function backupText({ location, file, bytes, problems }: DatabaseBackup): string {
  const verified =
    problems === null
      ? 'its pages verified; its schema is of another berth'
      : problems.length === 0
        ? 'verified'
        : `with ${problems.length} of the database's problems`
  return `${printable(location)} is copied to ${printable(file)}: ${bytes} bytes, ${verified}\n`
}

function copiedText({ from, to, rows }: CopiedDatabase): string {
  const count = Object.values(rows).reduce((sum, n) => sum + n, 0)
  return `${printable(from)} is copied to ${printable(to)}: ${count} rows in ${Object.keys(rows).length} tables, verified\n`
}
