/** `berth opennebula place` as OpenNebula's driver runs it: what comes in and goes out, to the byte. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasShared, readShared } from '../support/shared-data.ts'
import { action, host, vm } from './build.ts'
import { base64, EMPTY_PLAN, placeWith, runPlace } from './run-place.ts'

const GOLDEN = join(import.meta.dirname, 'golden')

describe('documents written by hand', () => {
  test.each(readdirSync(GOLDEN))('%s', async (name) => {
    const files = readdirSync(join(GOLDEN, name))
    const read = (file: string) => readFileSync(join(GOLDEN, name, file), 'utf8')
    const placed = await placeWith(files.includes('rank.conf') ? read('rank.conf') : '', read('stdin.xml'))
    expect(placed).toEqual({ status: 0, stdout: read('stdout.xml'), stderr: read('stderr.txt') })
  })
})

const SAMPLE = 'opennebula/place-stdin-7.4.xml'

describe.skipIf(!hasShared(SAMPLE))('what a running core wrote', () => {
  test('is planned as its own scheduler planned it', async () => {
    const { status, stdout } = await runPlace(base64(readShared(SAMPLE)))
    expect({ status, stdout }).toEqual({ status: 0, stdout: readShared('opennebula/place-stdout-7.4.xml') })
  })

  test('the VM that waited waits, and for the same reason', async () => {
    const { stderr } = await runPlace(base64(readShared(SAMPLE)))
    expect(readShared('opennebula/place-stderr-7.4.txt')).toContain('ERROR: 10 ')
    expect(stderr).toBe('ERROR: 10 Cannot dispatch VM: none of 3 hosts can take it: no such PCI device\n')
  })
})

const small = action({ vms: [vm({ id: 1 })], hosts: [host({ id: 0 })], allowed: [{ vm: 1, hosts: [0] }] })
const PLANNED = EMPTY_PLAN.replace(
  '</PLAN>',
  `  <ACTION>
    <VM_ID>1</VM_ID>
    <HOST_ID>0</HOST_ID>
    <DS_ID>0</DS_ID>
    <OPERATION>deploy</OPERATION>
  </ACTION>
</PLAN>`,
)

describe('standard input', () => {
  test.each<[string, string | Buffer, number]>([
    ['base64 in one line', base64(small), 65_536],
    ['byte by byte', base64(small), 1],
    ['in pieces that part a group of four', base64(small), 7],
    ['in lines, as mail has it', base64(small).replace(/.{76}/g, '$&\r\n'), 50],
    ['behind a line end', `\n${base64(small)}\n`, 1],
    ['bare XML', small, 10],
    ['bare XML behind blanks', `  \n${small}`, 1],
  ])('%s', async (_, input, size) => {
    expect(await runPlace(input, ['--conf', '/dev/null'], size)).toEqual({
      status: 0,
      stdout: PLANNED,
      stderr: '',
    })
  })

  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${'bcdefghi'
    .split('')
    .map((name, n) => `<!ENTITY ${name} "${`&${'abcdefgh'[n]};`.repeat(10)}">`)
    .join('')}]><SCHEDULER_DRIVER_ACTION>&i;</SCHEDULER_DRIVER_ACTION>`
  const external =
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><SCHEDULER_DRIVER_ACTION>&x;</SCHEDULER_DRIVER_ACTION>'

  test.each<[string, string | Buffer, string]>([
    ['nothing', '', 'it is empty'],
    ['blanks alone', ' \n ', 'it is empty'],
    ['base64 that was cut off', base64(small).slice(0, 101), 'it is base64 that was cut off'],
    ['base64 of a document that was cut off', base64(small.slice(0, small.length / 2)), 'it was cut off'],
    ['neither base64 nor XML', 'PLACE - {"vms": []}', 'it is neither base64 nor XML'],
    ['base64 of something else', base64('hello'), 'it does not begin with "<"'],
    ['bytes of no text', Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'it is neither base64 nor XML'],
    ['another document', base64('<HOST_POOL/>'), '<HOST_POOL> in place of <SCHEDULER_DRIVER_ACTION>'],
    ['a document without its pools', base64('<SCHEDULER_DRIVER_ACTION/>'), 'there is no <VM_POOL>'],
    [
      'a document without REQUIREMENTS',
      base64(small.replace(/<REQUIREMENTS>.*<\/REQUIREMENTS>/, '')),
      'there is no <REQUIREMENTS>',
    ],
    ['an entity bomb', base64(bomb), 'a document type declaration'],
    ['an entity of a file', base64(external), 'a document type declaration'],
    [
      'an entity that nobody declared',
      base64(small.replace('<![CDATA[128]]>', '&x;')),
      'a reference to an unknown entity',
    ],
    [
      'nesting a million deep',
      base64('<SCHEDULER_DRIVER_ACTION>'.repeat(1_000_000)),
      'nested more than 64 deep',
    ],
    ['a tag with a million attributes, cut off', base64(`<A${' a="1"'.repeat(1_000_000)}`), 'cut off'],
    [
      'an id that is no number',
      base64(small.replace('<HOSTS><ID>0</ID>', '<HOSTS><ID>zero</ID>')),
      '<ID> is no whole number',
    ],
    ['two documents', base64(small + small), 'a second outermost element'],
  ])('%s: told on standard error, an empty plan, exit status 1', async (_, input, message) => {
    const { status, stdout, stderr } = await runPlace(input, ['--conf', '/dev/null'], 65_536)
    expect({ status, stdout }).toEqual({ status: 1, stdout: EMPTY_PLAN })
    expect(stderr).toMatch(/^berth opennebula place: [^\n]*\n$/)
    expect(stderr).toContain(message)
  })
})

describe('what a VM or host says cannot become a line of the protocol', () => {
  test('line ends in a template', async () => {
    const pci = [{ VENDOR: '1\nERROR: 99 mine' }]
    const xml = action({
      vms: [vm({ id: 1, pci })],
      hosts: [host({ id: 0 })],
      allowed: [{ vm: 1, hosts: [0] }],
    })
    const { stdout, stderr } = await runPlace(base64(xml))
    expect(stdout).toBe(EMPTY_PLAN)
    expect(stderr).toBe(
      'ERROR: 1 Cannot dispatch VM: PCI 0: VENDOR is 1 ERROR: 99 mine, which is no hexadecimal number\n',
    )
  })
})

describe('the configuration', () => {
  test('one that cannot be read: told with its name, an empty plan, exit status 1', async () => {
    const { status, stdout, stderr } = await placeWith('MAX_HOST = [', small)
    expect({ status, stdout }).toEqual({ status: 1, stdout: EMPTY_PLAN })
    expect(stderr).toMatch(/^berth opennebula place: \/.*\/rank\.conf: line 1[^\n]*\n$/)
  })

  test('a value that cannot be meant: one line, and VMs are placed', async () => {
    const { status, stdout, stderr } = await placeWith('MAX_HOST = -1', small)
    expect({ status, stdout }).toEqual({ status: 0, stdout: PLANNED })
    expect(stderr).toMatch(/^WARN: \/.*\/rank\.conf: MAX_HOST = -1 counts as 0: no limit\n$/)
  })

  test('one that was named and is not there', async () => {
    const { status, stderr } = await runPlace(base64(small), ['--conf', '/nowhere/rank.conf'])
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'berth opennebula place: there is no file /nowhere/rank.conf\n',
    })
  })

  test('without the usual one, OpenNebula’s defaults hold', async () => {
    expect(await runPlace(base64(small), [])).toEqual({ status: 0, stdout: PLANNED, stderr: '' })
  })
})
