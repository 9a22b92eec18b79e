/** The installed file as a host runs it: really executed, by the shell and the Node that run these tests. */
import { execFileSync } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTree, type Tree } from '../support/sysfs-tree.ts'
import { createRemotes, KVM, ORIGINAL, opennebula, type Remotes } from './remotes.ts'

const BERTH = resolve(import.meta.dirname, '../../dist/berth.mjs')
const PCI = `${KVM}/pci`

let remotes: Remotes
let tree: Tree
beforeEach(() => {
  remotes = createRemotes()
  tree = createTree()
  tree.pci('0000:3b:00.0', { iommu_group: { link: '../../../kernel/iommu_groups/4' } })
  tree.pci('10000:e1:00.0')
})
afterEach(() => {
  remotes.remove()
  tree.remove()
})

const install = (...options: string[]) => opennebula('install-probe', remotes.dir, ...options)
const ON_TREE = () => ({ args: ['kvm', '/var/lib/one//datastores', '4124', '--sysfs', tree.sysfs] })
/** Where `node` is and little else. */
const PATH = dirname(process.execPath)

describe('prints what berth probe pci prints', () => {
  test.each([[[]], [['--iommu']]])('%j', async (options) => {
    await install(...options)
    const berth = execFileSync(
      process.execPath,
      [BERTH, 'probe', 'pci', '--format', 'opennebula', '--sysfs', tree.sysfs, ...options].concat([
        '--config',
        join(remotes.dir, 'etc/im/kvm-probes.d/pci.conf'),
      ]),
      { encoding: 'utf8' },
    )
    const { status, stdout, stderr } = remotes.run(PCI, { ...ON_TREE(), path: `${PATH}:/usr/bin:/bin` })
    expect([status, stdout, stderr]).toEqual([0, berth, ''])
    expect(stdout.match(/^PCI = \[$/gm)).toHaveLength(2)
    expect(stdout.includes('IOMMU_GROUP = "4"')).toBe(options.length > 0)
  })
})

test('needs no other program of the host than sh and the Node that it is told', async () => {
  await install('--node', process.execPath)
  const { status, stdout } = remotes.run(PCI, { ...ON_TREE(), path: '/nonexistent' })
  expect([status, stdout.match(/^PCI = \[$/gm)?.length]).toEqual([0, 2])
})

describe("OpenNebula's own probe reports", () => {
  const runs = (path?: string) =>
    remotes.run(PCI, { args: ['kvm', '7'], ...(path === undefined ? {} : { path }) })

  test('where there is no Node', async () => {
    await install()
    const { status, stdout, stderr } = runs('/nonexistent')
    expect([status, stdout]).toEqual([0, 'the original got kvm 7\n'])
    expect(stderr).toContain('status 127')
  })

  test.each([
    ['is too old to read it', 'echo "SyntaxError" >&2; exit 1'],
    ['is killed', 'kill -9 $$'],
  ])('where Node %s', async (_, script) => {
    remotes.write("odd 'node", `#!/bin/sh\n${script}\n`)
    await install('--node', join(remotes.dir, "odd 'node"))
    expect(runs()).toMatchObject({ status: 0, stdout: 'the original got kvm 7\n' })
  })

  test('while it is back after an upgrade: this one is silent and says why', async () => {
    await install()
    remotes.write(`${KVM}/pci.rb`, ORIGINAL)
    const { status, stdout, stderr } = runs()
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toContain('run berth opennebula install-probe again')
  })
})

describe('never ends with another status than 0', () => {
  test('when the own probe fails as well', async () => {
    remotes.write(`${KVM}/pci.rb`, '#!/bin/sh\nexit 3\n')
    await install()
    const { status, stderr } = remotes.run(PCI, { path: '/nonexistent' })
    expect([status, stderr]).toEqual([0, expect.stringContaining('ended with status 3')])
  })

  test.each([
    ['pci.conf is broken', ':filter: [', 'is no YAML'],
    ['pci.conf asks for what lspci would refuse', ":filter: '0x8086:'", '"0x8086" is no vendor'],
  ])('when %s', async (_, text, message) => {
    remotes.write('etc/im/kvm-probes.d/pci.conf', `${text}\n`)
    await install()
    const { status, stdout, stderr } = remotes.run(PCI, ON_TREE())
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toContain(message)
  })

  test('when there is no PCI bus', async () => {
    await install()
    const { status, stdout } = remotes.run(PCI, { args: ['--sysfs', '/nonexistent'] })
    expect([status, stdout]).toEqual([0, ''])
  })
})
