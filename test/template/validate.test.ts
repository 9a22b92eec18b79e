import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/model/errors.ts'
import { hundredthsOfCores } from '../../src/template/cores.ts'
import { requireDeployable } from '../../src/template/deployable.ts'
import { pendingVm } from '../../src/template/pending.ts'
import { readTemplate } from '../../src/template/validate.ts'

const failure = (read: () => unknown): InvalidInput => {
  try {
    read()
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('CPU in hundredths of a core, rounded up', () => {
  test.each([
    ['4', 400],
    ['0.5', 50],
    ['.5', 50],
    ['1.', 100],
    ['0.29', 29],
    ['0.57', 57],
    ['1.005', 101],
    ['0.001', 1],
    ['0.290000', 29],
    ['0', 0],
    ['007', 700],
  ])('%s cores are %i hundredths', (text, expected) => {
    expect(hundredthsOfCores(text)).toBe(expected)
  })

  test.each(['', '.', '-1', '1e2', 'four', '1,5', '0x4', '99999999999'])('%j is no amount', (text) => {
    expect(hundredthsOfCores(text)).toBeNull()
  })
})

describe('what a template says', () => {
  test('an empty template asks for nothing', () => {
    const template = readTemplate('')
    expect(template).toMatchObject({
      name: null,
      requests: [],
      numaPolicy: 'none',
      requirement: null,
      rank: null,
    })
    expect(template.definition).toEqual({
      name: '',
      vcpu: 1,
      cpu: 0,
      memoryMiB: 0,
      disks: [],
      nics: [],
      graphics: null,
      cpuModel: null,
      machine: 'q35',
      raw: null,
    })
  })

  test.each([
    ['capacity', 'CPU = 0.29\nVCPU = 3\nMEMORY = "8192"', { cpu: 29, vcpu: 3, memoryMiB: 8192 }],
    ['a name', 'NAME = " my vm "', { name: 'my vm' }],
    ['MACHINE', 'MACHINE = pc-q35-9.0', { machine: 'pc-q35-9.0' }],
    ['OS: MACHINE', 'OS = [ ARCH = "x86_64", MACHINE = "pc" ]', { machine: 'pc' }],
    ['UEFI', 'OS = [ FIRMWARE = "UEFI" ]', { firmware: 'uefi' }],
    [
      'UEFI in small letters, without Secure Boot',
      'OS = [ FIRMWARE = uefi, FIRMWARE_SECURE = no ]',
      { firmware: 'uefi' },
    ],
    [
      'UEFI with Secure Boot',
      'OS = [ FIRMWARE = "UEFI", FIRMWARE_SECURE = "YES" ]',
      { firmware: 'uefi-secure' },
    ],
    ['a plain CPU model', 'CPU_MODEL = host-passthrough', { cpuModel: 'host-passthrough' }],
    [
      'a CPU model in brackets',
      'CPU_MODEL = [ MODEL = "host-model", FEATURES = "vmx" ]',
      { cpuModel: 'host-model' },
    ],
    [
      'raw domain XML',
      'RAW = [ TYPE = "kvm", DATA = "<memballoon model=\\"none\\"/>" ]',
      { raw: '<memballoon model="none"/>' },
    ],
    ['raw of another hypervisor is passed over', 'RAW = [ TYPE = "lxc", DATA = "x" ]', { raw: null }],
    ['several raw parts', 'RAW = [ DATA = "<a/>" ] RAW = [ DATA = "<b/>" ]', { raw: '<a/>\n<b/>' }],
    [
      'an empty value is as good as none',
      'CPU =\nMEMORY = ""\nMACHINE = ""',
      { cpu: 0, memoryMiB: 0, machine: 'q35' },
    ],
    ['the same value twice', 'CPU = 2\nCPU = "2"', { cpu: 200 }],
  ])('%s', (_title, text, expected) => {
    expect(readTemplate(text).definition).toMatchObject(expected)
  })

  test.each([
    'OS = [ FIRMWARE = "BIOS" ]',
    'OS = [ FIRMWARE = "" ]',
    'OS = [ FIRMWARE = "/usr/share/OVMF/x.fd" ]',
  ])('%s says nothing that an older host would not know', (text) => {
    expect(readTemplate(text).definition).not.toHaveProperty('firmware')
  })

  const disk = { source: null, block: false, format: 'raw', target: 'vda', cdrom: false, readonly: false }
  test.each([
    ['an image', 'SOURCE = "/img/a.raw"', { source: '/img/a.raw' }],
    ['a qcow2 file by its name', 'SOURCE = "/img/a.qcow2"', { source: '/img/a.qcow2', format: 'qcow2' }],
    [
      'the FORMAT said',
      'SOURCE = /img/a, FORMAT = QCOW2, TARGET = sdb',
      { source: '/img/a', format: 'qcow2', target: 'sdb' },
    ],
    [
      'a block device',
      'SOURCE = "/dev/vg/root", READONLY = YES',
      { source: '/dev/vg/root', block: true, readonly: true },
    ],
    ['a block device elsewhere', 'SOURCE = "/run/disk", TYPE = block', { source: '/run/disk', block: true }],
    [
      'a CD-ROM',
      'SOURCE = "/iso/a.iso", CDROM = "YES"',
      { source: '/iso/a.iso', cdrom: true, readonly: true, target: 'sda' },
    ],
    ['an empty CD-ROM', 'TYPE = "CDROM"', { cdrom: true, readonly: true, target: 'sda' }],
    ['a prefix', 'SOURCE = "/img/a", DEV_PREFIX = "sd"', { source: '/img/a', target: 'sda' }],
  ])('a disk: %s', (_title, keys, expected) => {
    expect(readTemplate(`DISK = [ ${keys} ]`).definition.disks).toEqual([{ ...disk, ...expected }])
  })

  test('disks without a target get the free ones in order', () => {
    const blocks = ['SOURCE = /a', 'SOURCE = /b, TARGET = vda', 'CDROM = YES', 'SOURCE = /c'].map(
      (keys) => `DISK = [ ${keys} ]`,
    )
    expect(readTemplate(blocks.join('\n')).definition.disks.map(({ target }) => target)).toEqual([
      'vdb',
      'vda',
      'sda',
      'vdc',
    ])
  })

  test('28 disks do not run out of letters', () => {
    const text = Array.from({ length: 28 }, (_, i) => `DISK = [ SOURCE = /d${i} ]`).join('\n')
    expect(readTemplate(text).definition.disks.at(-1)?.target).toBe('vdab')
  })

  test.each([
    [
      'a bridge',
      'BRIDGE = "br0", MAC = "02:00:0A:00:00:01"',
      { bridge: 'br0', network: null, model: 'virtio', mac: '02:00:0a:00:00:01' },
    ],
    [
      'a network',
      'NETWORK = "default", MODEL = "e1000e"',
      { bridge: null, network: 'default', model: 'e1000e', mac: null },
    ],
    [
      'a bridge goes before a network',
      'NETWORK = "lan", BRIDGE = "br0"',
      { bridge: 'br0', network: null, model: 'virtio', mac: null },
    ],
  ])('a NIC: %s', (_title, keys, expected) => {
    expect(readTemplate(`NIC = [ ${keys} ]`).definition.nics).toEqual([expected])
  })

  test.each([
    [
      'VNC on the host itself',
      'TYPE = "VNC"',
      { type: 'vnc', listen: '127.0.0.1', port: null, password: null },
    ],
    [
      'all said',
      'TYPE = spice, LISTEN = "0.0.0.0", PORT = 5901, PASSWD = "x"',
      { type: 'spice', listen: '0.0.0.0', port: 5901, password: 'x' },
    ],
  ])('graphics: %s', (_title, keys, expected) => {
    expect(readTemplate(`GRAPHICS = [ ${keys} ]`).definition.graphics).toEqual(expected)
  })

  test('the NUMA policy, requirement and rank', () => {
    const template = readTemplate(
      'PCI_NUMA_POLICY = Required\nSCHED_REQUIREMENTS = "RACK = \\"7\\""\nSCHED_RANK = FREE_CPU',
    )
    expect(template).toMatchObject({
      numaPolicy: 'required',
      requirement: { type: 'comparison', attribute: 'RACK', operator: '=', value: '7' },
      rank: { type: 'attribute', name: 'FREE_CPU' },
    })
  })

  test('unknown attributes are kept and named', () => {
    const template = readTemplate(
      'CPU = 1\nCONTEXT = [ NETWORK = "YES" ]\nDISK_COST = 1\ncontext = [ A = 1 ]',
    )
    expect(template.unknown).toEqual(['CONTEXT', 'DISK_COST'])
    expect(template.tree.attributes).toHaveLength(4)
  })

  test('what the scheduler gets of it', () => {
    const template = readTemplate('CPU = 0.5\nMEMORY = 512\nPCI = [ CLASS = 0302 ]')
    expect(pendingVm({ id: 3, name: 'a', priority: 2, onlyHost: null }, template)).toEqual({
      id: 3,
      name: 'a',
      priority: 2,
      onlyHost: null,
      cpu: 50,
      memoryMiB: 512,
      requests: template.requests,
      numaPolicy: 'none',
      requirement: null,
      rank: null,
    })
  })
})

describe('values that cannot be meant are refused with their place', () => {
  test.each([
    ['CPU = many', 1, 7, 'a number of cores'],
    ['CPU = -1', 1, 7, 'a number of cores'],
    ['VCPU = 0', 1, 8, 'from 1 to 4096'],
    ['MEMORY = 8G', 1, 10, 'MiB'],
    ['\nMEMORY = 1.5', 2, 10, 'MiB'],
    ['MEMORY = [ A = 1 ]', 1, 10, 'no brackets'],
    ['PCI_NUMA_POLICY = STRICT', 1, 19, '"REQUIRED" or "PREFERRED" or "NONE"'],
    ['DISK = [ SOURCE = "a.img" ]', 1, 19, 'an absolute path'],
    ['DISK = [ SOURCE = /a, TARGET = xvda ]', 1, 32, 'a guest device'],
    ['DISK = [ SOURCE = /a, TARGET = vda ] DISK = [ SOURCE = /b, TARGET = vda ]', 1, 45, 'given twice'],
    ['DISK = /a', 1, 8, 'a block in brackets'],
    ['NIC = [ MAC = "01:00:5e:00:00:01" ]', 1, 15, 'unicast'],
    ['GRAPHICS = [ PORT = 70000 ]', 1, 21, 'from 1 to 65535'],
    ['CPU_MODEL = [ MODEL = "a b" ]', 1, 23, 'one word'],
    ['MACHINE = "q35\'/>"', 1, 11, 'one word'],
    ['NAME = "two\nlines"', 1, 8, 'one line'],
    ['SCHED_RANK = [ A = 1 ]', 1, 14, 'no brackets'],
    ['CPU = 1\nCPU = 2', 2, 7, 'another value in line 1'],
  ])('%j', (text, line, column, words) => {
    const error = failure(() => readTemplate(text))
    expect(error.code).toBe('template-invalid')
    expect(error.message).toContain(words)
    expect(error.facts).toMatchObject({ line, column })
  })
})

describe('what cannot be deployed is told before', () => {
  test.each([
    ['no memory', 'CPU = 1', 'memory-missing'],
    ['memory 0', 'MEMORY = 0', 'memory-missing'],
    ['an image of a datastore', 'MEMORY = 1\nDISK = [ IMAGE = "debian" ]', 'disk-not-supported'],
    ['a NIC on nothing', 'MEMORY = 1\nNIC = [ MODEL = "virtio" ]', 'nic-not-supported'],
    ['SDL', 'MEMORY = 1\nGRAPHICS = [ TYPE = "SDL" ]', 'graphics-not-supported'],
    ['firmware outside of OS', 'MEMORY = 1\nFIRMWARE = "UEFI"', 'firmware-not-supported'],
    [
      'firmware in one of two OS blocks',
      'MEMORY = 1\nOS = [ MACHINE = "q35" ]\nOS = [ FIRMWARE = "UEFI" ]',
      'firmware-not-supported',
    ],
    ['a word for firmware', 'MEMORY = 1\nOS = [ FIRMWARE = "EFI" ]', 'firmware-not-supported'],
    [
      'a path of firmware',
      'MEMORY = 1\nOS = [ FIRMWARE = "/usr/share/OVMF/OVMF_CODE.fd" ]',
      'firmware-not-supported',
    ],
    [
      'neither yes nor no',
      'MEMORY = 1\nOS = [ FIRMWARE = UEFI, FIRMWARE_SECURE = 1 ]',
      'firmware-not-supported',
    ],
    ['Secure Boot of a BIOS', 'MEMORY = 1\nOS = [ FIRMWARE_SECURE = YES ]', 'firmware-not-supported'],
    [
      'Secure Boot on an i440fx',
      'MEMORY = 1\nOS = [ FIRMWARE = UEFI, FIRMWARE_SECURE = YES, MACHINE = "pc-i440fx-9.2" ]',
      'firmware-not-supported',
    ],
  ])('%s', (_title, text, code) => {
    const template = readTemplate(text)
    expect(failure(() => requireDeployable(template)).code).toBe(code)
  })

  test.each([
    ['EFI', 'OS: FIRMWARE = "EFI": expected "UEFI" or "BIOS"'],
    [
      '/OVMF_CODE.fd',
      'OS: FIRMWARE = "/OVMF_CODE.fd": expected "UEFI" or "BIOS": with UEFI each host takes the image',
    ],
  ])('firmware %s: the value, and what is allowed', (value, words) => {
    const template = readTemplate(`MEMORY = 1\nOS = [ FIRMWARE = "${value}" ]`)
    expect(failure(() => requireDeployable(template)).message).toContain(words)
  })

  test('a VM with memory, disks, a NIC and devices can be deployed', () => {
    const text =
      'MEMORY = 1 DISK = [ SOURCE = /a ] DISK = [ TYPE = CDROM ] NIC = [ BRIDGE = br0 ] PCI = [ CLASS = 0302 ]'
    expect(() => requireDeployable(readTemplate(text))).not.toThrow()
  })
})

describe('the templates that ship with Berth', () => {
  const folder = new URL('../../templates/', import.meta.url)
  test.each(readdirSync(folder).filter((file) => file.endsWith('.tmpl')))(
    '%s is valid and can be deployed',
    (file) => {
      const template = readTemplate(readFileSync(new URL(file, folder), 'utf8'))
      expect(template.name).not.toBeNull()
      expect(template.unknown).toEqual([])
      expect(() => requireDeployable(template)).not.toThrow()
    },
  )
})

const manual = new URL('../../../shared/data/opennebula/pci_passthrough.rst', import.meta.url)
describe.skipIf(!existsSync(manual))("the examples of OpenNebula's manual (needs ../shared/data)", () => {
  const text = existsSync(manual) ? readFileSync(manual, 'utf8') : ''
  const examples = [...text.matchAll(/^ +(PCI = \[[^\]]*\])/gm)].map(([, example = '']) => example)

  test('there are some', () => expect(examples.length).toBeGreaterThan(2))
  test.each(examples)('%j is read', (example) => {
    expect(readTemplate(example).requests).toHaveLength(1)
  })
})
