/** `-l` and `-f` on lists. */
import { expect, test } from 'vitest'
import { berth } from './berth.ts'
import { hostSummary, vmSummary } from './documents.ts'

const HOSTS = [
  hostSummary({ id: 0, name: 'kvm-a', usedMemoryMiB: 8192, freeDevices: 7 }),
  hostSummary({ id: 1, name: 'kvm-b', usedMemoryMiB: 512, freeDevices: 0, state: 'disabled' }),
  hostSummary({
    id: 10,
    name: 'store',
    totalMemoryMiB: null,
    usedMemoryMiB: 0,
    freeDevices: 2,
    failure: 'no answer',
  }),
]

test.each([
  ['= compares text', ['-f', 'NAME=kvm-a'], [0]],
  ['column names may be lower case', ['-f', 'name=kvm-a'], [0]],
  ['!= is everything else', ['-f', 'NAME!=kvm-a'], [1, 10]],
  ['~ means contains', ['-f', 'NAME~kvm'], [0, 1]],
  ['numbers are compared as numbers', ['-f', 'ID>9'], [10]],
  ['<= includes', ['-f', 'ID<=1'], [0, 1]],
  ['>= includes', ['-f', 'ID>=1'], [1, 10]],
  ['< does not', ['-f', 'ID<1'], [0]],
  ['memory takes units', ['-f', 'MEM>=8G'], [0]],
  ['memory without a unit is MiB', ['-f', 'MEM<=512'], [1, 10]],
  ['commas mean and', ['-f', 'NAME~kvm,FREE>0'], [0]],
  ['repeated means and', ['-f', 'NAME~kvm', '-f', 'FREE>0'], [0]],
  ['a column that is not shown filters too', ['-f', 'FAILURE~answer'], [10]],
  ['a cell without a value equals nothing', ['-f', 'FAILURE='], [0, 1]],
  ['a cell without a value is on neither side', ['-f', 'FREE_MEM<1P'], [0, 1]],
  ['a value may hold an operator', ['-f', 'NAME=a=b'], []],
])('%s: berth host list %j', async (_, flags, ids) => {
  const answers = { 'GET /v1/hosts': HOSTS }
  const { stdout } = await berth(['host', 'list', '-j', ...flags], answers)
  const rows: unknown = JSON.parse(stdout)
  expect(rows).toEqual(HOSTS.filter((host) => ids.includes(host.id)))
  const table = await berth(['host', 'list', '-l', 'ID', ...flags], answers)
  expect(table.stdout.trim().split(/\s+/)).toEqual(['ID', ...ids.map(String)])
})

test('-l chooses columns and their order', async () => {
  const { stdout } = await berth(['host', 'list', '--list', 'name,id'], { 'GET /v1/hosts': HOSTS })
  expect(stdout).toBe(
    'NAME               ID\nkvm-a               0\nkvm-b               1\nstore              10\n',
  )
})

test('an empty list is a header, and an empty JSON list', async () => {
  const answers = { 'GET /v1/vms': [] }
  expect((await berth(['vm', 'list'], answers)).stdout).toMatch(/^ +ID NAME .*\n$/)
  expect((await berth(['vm', 'list', '--json'], answers)).stdout).toBe('[]\n')
})

const LONG = vmSummary({
  id: 1,
  name: 'a-very-long-name-that-goes-on-and-on-and-on',
  message: 'x'.repeat(60),
})

test.each([
  ['a terminal cuts the columns that may shrink', true, 60],
  ['a pipe gets everything', false, 115],
])('%s', async (_, isTty, width) => {
  const argv = ['vm', 'list', '-l', 'ID,NAME,STAT,MESSAGE']
  const { stdout } = await berth(argv, { 'GET /v1/vms': [LONG] }, { isTty, columns: 60 })
  const row = stdout.split('\n')[1] ?? ''
  expect(row.length).toBe(width)
  expect(row.includes('..')).toBe(isTty)
})

test.each([
  ['VMs that are done are not asked for', [], '/v1/vms'],
  ['nor are they for a filter on something else', ['-f', 'NAME=a'], '/v1/vms'],
  ['--all asks for them', ['--all'], '/v1/vms?all=true'],
  ['a filter on the state does', ['-f', 'STATE=DONE'], '/v1/vms?all=true'],
  ['so does one on STAT', ['-f', 'ID>1', '-f', 'stat=done'], '/v1/vms?all=true'],
])('vm list: %s', async (_, flags, path) => {
  const { calls } = await berth(['vm', 'list', ...flags], { [`GET ${path}`]: [] })
  expect(calls).toEqual([{ method: 'GET', path, body: undefined }])
})
