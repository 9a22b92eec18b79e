/** `berth opennebula install-probe`: what becomes of a front-end's remotes folder. */
import { chownSync, linkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changing } from '../../src/opennebula/files.ts'
import { createRemotes, exists, KVM, ORIGINAL, opennebula, type Remotes } from './remotes.ts'

let remotes: Remotes
beforeEach(() => {
  remotes = createRemotes()
})
afterEach(() => remotes.remove())

const KEPT = 'im/kvm-probes.d/host/berth-original'
const install = (...options: string[]) => opennebula('install-probe', remotes.dir, ...options)
const names = () => remotes.files().map((file) => file.split(' ', 3).slice(0, 2).join(' '))

describe('installing', () => {
  test("puts pci in the place of OpenNebula's own, which is kept where nothing runs it", async () => {
    const { status, stdout, stderr } = await install()
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      `kvm: ${remotes.dir}/${KVM}/pci is installed; OpenNebula's own probe is kept as ${remotes.dir}/${KEPT}/pci.rb\nNow let the hosts have it, as oneadmin: onehost sync --force\n`,
    )
    expect(names()).toEqual([`${KEPT}/pci.rb 755`, `${KVM}/name.sh 755`, `${KVM}/pci 755`])
  })

  test('twice changes nothing, and says so', async () => {
    await install('--iommu')
    const before = remotes.files()
    const { status, stdout } = await install('--iommu')
    expect([status, stdout]).toEqual([0, expect.stringContaining('nothing was changed')])
    expect(stdout).not.toContain('onehost sync')
    expect(remotes.files()).toEqual(before)
  })

  test('with another option renews it and leaves the original where it is', async () => {
    await install()
    const { stdout } = await install('--iommu')
    expect(stdout).toContain('/pci is renewed\n')
    expect(names()).toContain(`${KEPT}/pci.rb 755`)
  })

  test.each([
    ['of the original', 0o750, '750'],
    ['of the original, made executable', 0o640, '750'],
  ])('the mode is that %s', async (_, mode, expected) => {
    remotes.write(`${KVM}/pci.rb`, ORIGINAL, mode)
    await install()
    expect(names()).toContain(`${KVM}/pci ${expected}`)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'the owner is that of the original (skipped unless root)',
    async () => {
      for (const path of [`${KVM}/pci.rb`, KVM]) chownSync(join(remotes.dir, path), 9869, 9869)
      await install()
      for (const file of remotes.files().filter((text) => !text.includes('name.sh')))
        expect(file).toContain(' 9869:9869 ')
    },
  )

  test('a set without a probe of its own gets one all the same, KVM only', async () => {
    rmSync(join(remotes.dir, KVM, 'pci.rb'))
    remotes.write('im/dummy-probes.d/host/system/system.rb', '')
    expect((await install()).stdout).toContain("there was no probe of OpenNebula's to keep")
    expect(names()).toEqual([
      'im/dummy-probes.d/host/system/system.rb 755',
      `${KVM}/name.sh 755`,
      `${KVM}/pci 755`,
    ])
  })

  test('LXC and QEMU get it where they have one, a folder that is a link once', async () => {
    remotes.write('im/lxc-probes.d/host/system/pci.rb', ORIGINAL)
    symlinkSync('kvm-probes.d', join(remotes.dir, 'im/qemu-probes.d'))
    const { stdout } = await install()
    expect(stdout.match(/^\w+: /gm)).toEqual(['kvm: ', 'lxc: '])
    expect(exists(remotes, 'im/lxc-probes.d/host/system/pci')).toBe(true)
  })
})

describe('what is refused: nothing is changed', () => {
  test.each([
    [
      'no remotes folder',
      () => rmSync(join(remotes.dir, KVM), { recursive: true }),
      'im/kvm-probes.d/host/system',
    ],
    ["somebody else's pci beside pci.rb", () => remotes.write(`${KVM}/pci`, 'mine'), 'neither'],
    [
      "somebody else's pci in the second set",
      () => {
        remotes.write('im/lxc-probes.d/host/system/pci.rb', ORIGINAL)
        remotes.write('im/lxc-probes.d/host/system/pci', 'mine')
      },
      'neither',
    ],
  ])('%s', async (_, prepare, message) => {
    prepare()
    const before = remotes.files()
    const { status, stdout, stderr } = await install()
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(message)
    expect(remotes.files()).toEqual(before)
  })

  test('what the system refuses is told with the path', async () => {
    remotes.write(KEPT, 'a file where the folder is to be')
    const before = remotes.files()
    const { status, stderr } = await install()
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${KEPT}/pci.rb cannot be read or changed: ENOTDIR`),
    ])
    expect(stderr).not.toContain('run this as')
    expect(remotes.files()).toEqual(before)
  })

  test.each([
    ['EACCES', true],
    ['EPERM', true],
    ['EROFS', true],
    ['ENOENT', false],
    ['ENOSPC', false],
  ])('%s: another user would help: %s', (code, helps) => {
    const refuse = () => {
      throw Object.assign(new Error(code), { code })
    }
    const message = `/x cannot be read or changed: ${code}${helps ? '; run this as oneadmin' : ''}`
    expect(() => changing('/x', refuse)).toThrow(message)
    if (!helps) expect(() => changing('/x', refuse)).not.toThrow('run this as')
  })

  test.each([
    [[], 'expected one DIR'],
    [['a', 'b'], 'expected one DIR'],
    [['a', '--node', 'node'], 'absolute path'],
    [['a', '--node', '/opt/*/node'], '*/'],
    [['a', '--undo', '--iommu'], 'no other option'],
    [['a', '--unknown'], '--unknown'],
  ])('%j is wrong usage', async (argv, message) => {
    const { status, stderr } = await opennebula('install-probe', ...argv)
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('--undo', () => {
  test.each([
    ['a file', 0o755, () => {}],
    ['a file of another mode', 0o740, () => {}],
    [
      'a link to the common probe',
      0o755,
      () => {
        remotes.write('im/node-probes.d/pci.rb', ORIGINAL)
        rmSync(join(remotes.dir, KVM, 'pci.rb'))
        symlinkSync('../../../node-probes.d/pci.rb', join(remotes.dir, KVM, 'pci.rb'))
      },
    ],
    [
      'a probe that is called pci itself',
      0o755,
      () => renameSync(join(remotes.dir, KVM, 'pci.rb'), join(remotes.dir, KVM, 'pci')),
    ],
    ['none', 0o755, () => rmSync(join(remotes.dir, KVM, 'pci.rb'))],
  ])('brings back what was there: %s', async (_, mode, prepare) => {
    remotes.write(`${KVM}/pci.rb`, ORIGINAL, mode)
    prepare()
    const before = remotes.files()
    await install()
    await install('--iommu')
    expect(remotes.files()).not.toEqual(before)
    const { status, stdout } = await install('--undo')
    expect([status, stdout]).toEqual([0, expect.stringContaining('onehost sync --force')])
    expect(remotes.files()).toEqual(before)
    expect(exists(remotes, KEPT)).toBe(false)
  })

  test('where it is not installed there is nothing to do', async () => {
    const before = remotes.files()
    const { status, stdout } = await install('--undo')
    expect([status, stdout]).toEqual([0, expect.stringContaining('nothing was changed')])
    expect(remotes.files()).toEqual(before)
  })
})

describe('an upgrade of OpenNebula that brings its own probe back', () => {
  const NEWER = ORIGINAL.replace('the original', 'the newer original')

  test.each(['pci.rb', 'pci'])(
    'as %s is told by installing again, which keeps the newer one',
    async (name) => {
      renameSync(join(remotes.dir, KVM, 'pci.rb'), join(remotes.dir, KVM, name))
      await install()
      rmSync(join(remotes.dir, KVM, name), { force: true })
      remotes.write(`${KVM}/${name}`, NEWER)
      const upgraded = remotes.files().find((file) => file.startsWith(`${KVM}/${name} `))
      expect((await install()).stdout).toContain('had come back, as an upgrade brings it')
      expect(names()).toEqual([`${KEPT}/${name} 755`, `${KVM}/name.sh 755`, `${KVM}/pci 755`])
      await install('--undo')
      expect(remotes.files()).toContain(upgraded)
    },
  )

  test('stays as it is when Berth is taken out', async () => {
    await install()
    remotes.write(`${KVM}/pci.rb`, NEWER)
    const { stdout } = await install('--undo')
    expect(stdout).toContain('pci.rb, which came with an upgrade of OpenNebula, stays as it is')
    expect(names()).toEqual([`${KVM}/name.sh 755`, `${KVM}/pci.rb 755`])
    expect(remotes.files().join()).toContain('the newer original')
  })
})

describe('after a crash the same command goes on', () => {
  test.each([
    ['before its probe was written', () => rmSync(join(remotes.dir, KVM, 'pci'))],
    ["before OpenNebula's own was taken away", () => {}],
  ])('%s', async (_, crash) => {
    const before = remotes.files()
    await install()
    linkSync(join(remotes.dir, KEPT, 'pci.rb'), join(remotes.dir, KVM, 'pci.rb'))
    crash()
    expect((await install()).status).toBe(0)
    expect(names()).toEqual([`${KEPT}/pci.rb 755`, `${KVM}/name.sh 755`, `${KVM}/pci 755`])
    await install('--undo')
    expect(remotes.files()).toEqual(before)
  })
})

test.each([[['--help']], [['install-probe', '--help']]])(
  'berth opennebula %j explains itself',
  async (argv) => {
    const { status, stdout } = await opennebula(...argv)
    expect([status, stdout]).toEqual([0, expect.stringContaining('berth opennebula install-probe')])
  },
)

test.each([[[]], [['nothing']], [['toString']]])('berth opennebula %j is wrong usage', async (argv) => {
  expect(await opennebula(...argv)).toMatchObject({ status: 2, stdout: '' })
})
