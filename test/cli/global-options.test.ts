/** Which database or server a command line names. */
import { expect, test } from 'vitest'
import { commandIndex, elsewhereOption, globalOptions } from '../../src/cli/global-options.ts'

test.each([
  ['--db may stand first', ['--db', 'a.db', 'host', 'list'], 'a.db'],
  ['--db may stand last', ['host', 'list', '--db', 'postgres://h/b'], 'postgres://h/b'],
  ['--db=URL is the same', ['host', 'list', '--db=a.db'], 'a.db'],
  ['the last one counts', ['--db', 'a.db', 'host', 'list', '--db', 'b.db'], 'b.db'],
  ['without it there is none', ['host', 'list'], null],
  ['after -- nothing is an option', ['vm', 'show', '--', '--db', 'x'], null],
  ['a --db without a value is left to the parser', ['host', 'list', '--db'], null],
])('%s', (_, argv, url) => {
  expect(globalOptions(argv).db).toBe(url)
})

test('the others are read the same way, wherever they stand', () => {
  const argv = ['--server', 'https://a', 'vm', 'list', '--token-file=t', '--fingerprint', 'ab', '--context=c']
  expect(globalOptions(argv)).toEqual({
    db: null,
    server: 'https://a',
    context: 'c',
    tokenFile: 't',
    fingerprint: 'ab',
  })
})

test.each([
  ['--server', ['serve', '--server', 'https://a'], '--server'],
  ['--context=', ['--context=lab', 'serve'], '--context'],
  ['a token file', ['serve', '--token-file', 'x'], '--token-file'],
  ['nothing', ['serve', '--interval', '5'], null],
  ['nothing after --', ['probe', '--', '--server'], null],
])('%s leads elsewhere', (_, argv, option) => {
  expect(elsewhereOption(argv)).toBe(option)
})

test.each([
  [['--server', 'https://a', '--context=c', 'vm', 'list'], 3],
  [['--fingerprint', 'ab', '--token-file', 't', '--db', 'x', 'host'], 6],
  [['--help'], -1],
])('the command of %j stands at %i', (argv, index) => {
  expect(commandIndex(argv)).toBe(index)
})
