/** Which firmware a UEFI guest gets: QEMU's descriptors, read from a folder that stands for a host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { chooseFirmware, type FirmwareWish, needsSmm } from '../../src/libvirt/firmware.ts'
import { readFirmwares } from '../../src/libvirt/firmware-files.ts'

const parent = mkdtempSync(join(tmpdir(), 'berth-firmware-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

let root: string
beforeEach(() => {
  root = mkdtempSync(join(parent, 'host-'))
})

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

interface Described {
  readonly folder?: string
  readonly features?: readonly string[]
  readonly machines?: readonly string[]
  readonly architecture?: string
  readonly format?: string
  readonly change?: object
}

const flash = (name: string, format: string) => ({
  device: 'flash',
  executable: { filename: `/firmware/${name}_CODE.fd`, format },
  'nvram-template': { filename: `/firmware/${name}_VARS.fd`, format },
})

/** A descriptor and its files; `name` is also what the files are called. */
function describe(name: string, described: Described = {}): void {
  const { folder = '/usr/share/qemu/firmware', features = [], format = 'raw', change = {} } = described
  const { architecture = 'x86_64', machines = ['pc-i440fx-*', 'pc-q35-*'] } = described
  const document = {
    description: 'UEFI',
    'interface-types': ['uefi'],
    mapping: flash(name, format),
    targets: [{ architecture, machines }],
    features,
    tags: [],
    ...change,
  }
  put(`${folder}/${name}.json`, JSON.stringify(document))
  for (const part of ['CODE', 'VARS']) put(`/firmware/${name}_${part}.fd`, 'image')
}

const ENROLLED = ['acpi-s3', 'enrolled-keys', 'requires-smm', 'secure-boot', 'verbose-dynamic']

const chosen = (wish: Partial<FirmwareWish> = {}): string | null => {
  const whole = { architecture: 'x86_64', machine: 'q35', secureBoot: false, ...wish }
  return chooseFirmware(readFirmwares(root).firmwares, whole)?.descriptor.split('/').at(-1) ?? null
}

/** As Debian describes OVMF. */
function debian(): void {
  describe('40-edk2-x86_64-secure-enrolled', { features: ENROLLED, machines: ['pc-q35-*'] })
  describe('50-edk2-x86_64-secure', {
    features: ['requires-smm', 'secure-boot'],
    machines: ['pc-q35-*'],
  })
  describe('60-edk2-x86_64', { features: ['acpi-s3', 'amd-sev', 'verbose-dynamic'] })
}

test.each<[string, Partial<FirmwareWish>, string | null]>([
  ['plain UEFI passes secure firmware over, though it is preferred', {}, '60-edk2-x86_64.json'],
  ['Secure Boot takes the one with keys', { secureBoot: true }, '40-edk2-x86_64-secure-enrolled.json'],
  ['a versioned machine', { machine: 'pc-q35-8.2' }, '60-edk2-x86_64.json'],
  ['the alias pc is an i440fx', { machine: 'pc' }, '60-edk2-x86_64.json'],
  ['Secure Boot on pc: none targets it', { machine: 'pc', secureBoot: true }, null],
  ['another machine', { machine: 'microvm' }, null],
  ['another architecture', { architecture: 'aarch64', machine: 'virt' }, null],
])('on a Debian host: %s', (_, wish, expected) => {
  debian()
  expect(chosen(wish)).toBe(expected)
})

test('the first by file name wins, whichever folder it is in', () => {
  describe('60-b')
  describe('10-a', { folder: '/etc/qemu/firmware' })
  expect(chosen()).toBe('10-a.json')
})

test('of two with the same name the one in /etc takes effect', () => {
  describe('60-b', { machines: ['pc-q35-*'] })
  describe('60-b', { folder: '/etc/qemu/firmware', machines: ['pc-i440fx-*'] })
  expect(chosen()).toBeNull()
  expect(chosen({ machine: 'pc' })).toBe('60-b.json')
})

test('an empty file in /etc hides the one of its name, without a warning', () => {
  describe('60-b')
  put('/etc/qemu/firmware/60-b.json', '')
  expect(readFirmwares(root)).toEqual({ firmwares: [], warnings: [] })
})

test('a host without descriptors has none, and nothing to warn of', () => {
  expect(readFirmwares(root)).toEqual({ firmwares: [], warnings: [] })
})

test.each<[string, string, RegExp]>([
  ['not JSON', '{', /not JSON/],
  ['a list', '[]', /the document is not an object/],
  ['without a mapping', '{"interface-types":["uefi"]}', /mapping is not an object/],
  [
    'a relative path',
    JSON.stringify({
      'interface-types': ['uefi'],
      mapping: { ...flash('x', 'raw'), executable: { filename: 'x.fd', format: 'raw' } },
    }),
    /mapping\.executable\.filename is not an absolute path/,
  ],
  [
    'without targets',
    JSON.stringify({ 'interface-types': ['uefi'], mapping: flash('x', 'raw'), features: [] }),
    /targets is not a list/,
  ],
])('a descriptor that cannot be used is named, and the next one taken: %s', (_, text, words) => {
  put('/usr/share/qemu/firmware/10-broken.json', text)
  describe('60-b')
  const { warnings } = readFirmwares(root)
  expect(chosen()).toBe('60-b.json')
  expect(warnings).toEqual([expect.stringMatching(words)])
  expect(warnings[0]).toContain('/usr/share/qemu/firmware/10-broken.json')
})

test.each(['CODE', 'VARS'])(
  'a descriptor whose %s file is missing is named, and the next one taken',
  (part) => {
    describe('10-a')
    describe('60-b')
    rmSync(join(root, `/firmware/10-a_${part}.fd`))
    expect(chosen()).toBe('60-b.json')
    expect(readFirmwares(root).warnings).toEqual([
      `firmware descriptor /usr/share/qemu/firmware/10-a.json: there is no /firmware/10-a_${part}.fd`,
    ])
  },
)

test.each<[string, object]>([
  ['BIOS', { 'interface-types': ['bios'], mapping: { device: 'memory', filename: '/firmware/bios.bin' } }],
  ['mapped into memory', { mapping: { device: 'memory', filename: '/firmware/tdx.fd' } }],
  [
    'stateless',
    { mapping: { device: 'flash', mode: 'stateless', executable: { filename: '/x', format: 'raw' } } },
  ],
  ['of a format that is no flash image', { mapping: flash('10-a', 'vmdk') }],
])('firmware of another kind is passed over without a word: %s', (_, change) => {
  describe('10-a', { change })
  expect(readFirmwares(root)).toEqual({ firmwares: [], warnings: [] })
})

test('flash that says "split" is what flash without a mode is', () => {
  describe('10-a', { change: { mapping: { ...flash('10-a', 'raw'), mode: 'split' } } })
  expect(chosen()).toBe('10-a.json')
})

test('code and variables, their formats, and whether system management mode is needed', () => {
  describe('40-qcow2', { format: 'qcow2', features: ENROLLED })
  describe('60-raw')
  const [first, second] = readFirmwares(root).firmwares
  expect(first).toMatchObject({
    code: { path: '/firmware/40-qcow2_CODE.fd', format: 'qcow2' },
    variables: { path: '/firmware/40-qcow2_VARS.fd', format: 'qcow2' },
  })
  expect(first && needsSmm(first)).toBe(true)
  expect(second && needsSmm(second)).toBe(false)
})

test('AAVMF for the machine virt', () => {
  describe('60-aavmf', { architecture: 'aarch64', machines: ['virt-*'] })
  expect(chosen({ architecture: 'aarch64', machine: 'virt' })).toBe('60-aavmf.json')
  expect(chosen({ architecture: 'aarch64', machine: 'virt-9.2' })).toBe('60-aavmf.json')
})

test('a pattern is no regular expression', () => {
  describe('60-b', { machines: ['pc-q35-8.?', 'x.*'] })
  expect(chosen({ machine: 'pc-q35-8.2' })).toBe('60-b.json')
  expect(chosen({ machine: 'pc-q35-8x2' })).toBeNull()
  expect(chosen({ machine: 'xyz' })).toBeNull()
})
