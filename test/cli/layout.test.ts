/** OpenNebula's flags of lists: conditions joined otherwise, widths, headers, CSV, again and again. */
import { expect, test } from 'vitest'
import { berth } from './berth.ts'
import { hostSummary, vmSummary } from './documents.ts'

const HOSTS = [
  hostSummary({ id: 0, name: 'kvm-a', freeDevices: 7 }),
  hostSummary({ id: 1, name: 'kvm, "b"', freeDevices: 0, state: 'disabled' }),
  hostSummary({ id: 10, name: ' store', freeDevices: 2, failure: 'no\nanswer\u001b[2J' }),
]
const ANSWERS = { 'GET /v1/hosts': HOSTS }

const lines = async (...flags: readonly string[]): Promise<readonly string[]> =>
  (await berth(['host', 'list', ...flags], ANSWERS)).stdout.split('\n')

test.each([
  ['without an operator all must hold', [], []],
  ['AND is the same', ['--operator', 'AND'], []],
  ['OR takes those of which one holds', ['--operator', 'OR'], ['0', '10']],
  ['it may be written small', ['--operator', 'or'], ['0', '10']],
])('%s', async (_, flags, ids) => {
  const rows = await lines('-l', 'ID', '-f', 'NAME=kvm-a', '-f', 'FREE=2', '--no-header', ...flags)
  expect(rows.map((row) => row.trim()).filter((row) => row !== '')).toEqual(ids)
})

test('OR without a condition lets everything through', async () => {
  expect((await lines('--operator', 'OR')).length).toBe(5)
})

test('--no-header leaves rows alone, and nothing where there is no row', async () => {
  expect((await lines('-l', 'ID', '--no-header'))[0]).toBe('   0')
  const { stdout } = await berth(['vm', 'list', '--no-header'], { 'GET /v1/vms': [] })
  expect(stdout).toBe('')
})

test('CSV quotes what must be quoted, and nothing steers a terminal', async () => {
  expect(await lines('--csv', '-l', 'ID,NAME,FAILURE')).toEqual([
    'ID,NAME,FAILURE',
    '0,kvm-a,',
    '1,"kvm, ""b""",',
    '10," store",no answer[2J',
    '',
  ])
})

test.each([
  ['another delimiter', ';', '1;"kvm, ""b"""'],
  ['a tab', '\\t', '1\t"kvm, ""b"""'],
])('CSV with %s, without a header', async (_, delimiter, row) => {
  const rows = await lines('--csv', '--csv-del', delimiter, '--no-header', '-l', 'ID,NAME', '-f', 'ID=1')
  expect(rows).toEqual([row, ''])
})

test('-s makes a column so wide and no wider', async () => {
  expect(await lines('-l', 'ID,NAME,STATE', '-s', 'name=4,ID=2', '-f', 'ID=0')).toEqual([
    'ID NAME STATE',
    ' 0 kv.. on',
    '',
  ])
})

test('-s down to a character', async () => {
  expect((await lines('-l', 'NAME', '-s', 'NAME=1', '-f', 'ID=0'))[1]).toBe('.')
})

const LONG = vmSummary({ name: 'n'.repeat(30), message: 'm'.repeat(40) })
const wide = async (columns: number, ...flags: readonly string[]) => {
  const argv = ['vm', 'list', '-l', 'ID,NAME,MESSAGE', ...flags]
  const { stdout } = await berth(argv, { 'GET /v1/vms': [LONG] }, { isTty: true, columns })
  return stdout.split('\n')[1] ?? ''
}

test.each([
  ['a terminal that is too narrow cuts', 60, [], /^ {4}5 n{14}\.\. m+\.\.$/],
  ['but not with --expand', 60, ['--expand'], /^ {4}5 n{30} m{40}$/],
  ['--expand fills the terminal with all columns alike', 107, ['--expand'], /^ {14}5 n{30} {11}m{40}$/],
  ['or with one', 107, ['--expand', 'NAME'], /^ {4}5 n{30} {31}m{40}$/],
  ['or by shares', 107, ['--expand', 'NAME=0.5,ID=0.5'], /^ {19}5 n{30} {16}m{40}$/],
])('%s', async (_, columns, flags, row) => {
  expect(await wide(columns, ...flags)).toMatch(row)
})

test('-d shows it again after that time, in the place of what stood there, until interrupted', async () => {
  const pauses: number[] = []
  const { status, stdout, calls, closed } = await berth(
    ['vm', 'list', '-d', '2.5'],
    { 'GET /v1/vms': [] },
    {
      isTty: true,
      pause: async (ms) => {
        pauses.push(ms)
        return pauses.length < 3
      },
    },
  )
  expect({ status, pauses, calls: calls.length, closed }).toEqual({
    status: 0,
    pauses: [2500, 2500, 2500],
    calls: 3,
    closed: 1,
  })
  expect(stdout.split('\u001b[H\u001b[2J').map((screen) => screen.trim().slice(0, 2))).toEqual([
    '',
    'ID',
    'ID',
    'ID',
  ])
})

test('in a pipe -d sends no terminal sequences', async () => {
  const { stdout } = await berth(['vm', 'list', '-d', '1'], { 'GET /v1/vms': [] })
  expect(stdout).not.toContain('\u001b')
})

test('a failure ends -d', async () => {
  const { status, calls } = await berth(['vm', 'list', '-d', '1'], {}, { pause: async () => true })
  expect({ status, calls: calls.length }).toEqual({ status: 1, calls: 1 })
})
