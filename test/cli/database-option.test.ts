/** Which database a command line names. */
import { expect, test } from 'vitest'
import { databaseOption } from '../../src/cli/database-option.ts'

test.each([
  ['--db may stand first', ['--db', 'a.db', 'host', 'list'], 'a.db'],
  ['--db may stand last', ['host', 'list', '--db', 'postgres://h/b'], 'postgres://h/b'],
  ['--db=URL is the same', ['host', 'list', '--db=a.db'], 'a.db'],
  ['the last one counts', ['--db', 'a.db', 'host', 'list', '--db', 'b.db'], 'b.db'],
  ['without it there is none', ['host', 'list'], null],
  ['after -- nothing is an option', ['vm', 'show', '--', '--db', 'x'], null],
  ['a --db without a value is left to the parser', ['host', 'list', '--db'], null],
])('%s', (_, argv, url) => {
  expect(databaseOption(argv)).toBe(url)
})
