/** Which database is meant. */
import { expect, test } from 'vitest'
import { databaseUrl } from '../../src/cli/database-url.ts'

test.each([
  ['--db wins over the environment', ['--db', 'a.db', 'host', 'list'], 'e.db', 'a.db'],
  ['--db may stand at the end', ['host', 'list', '--db', 'postgres://h/b'], undefined, 'postgres://h/b'],
  ['--db=URL is the same', ['host', 'list', '--db=a.db'], undefined, 'a.db'],
  ['the last one counts', ['--db', 'a.db', 'host', 'list', '--db', 'b.db'], undefined, 'b.db'],
  ['the environment comes next', ['host', 'list'], 'e.db', 'e.db'],
  ['berth.db is the default', ['host', 'list'], undefined, 'berth.db'],
  ['an empty variable is none', ['host', 'list'], '', 'berth.db'],
  ['after -- nothing is an option', ['vm', 'show', '--', '--db', 'x'], undefined, 'berth.db'],
  ['a --db without a value is left to the parser', ['host', 'list', '--db'], undefined, 'berth.db'],
])('%s', (_, argv, variable, url) => {
  expect(databaseUrl(argv, { BERTH_DB: variable })).toBe(url)
})
