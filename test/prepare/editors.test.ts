/** One file, one wish: what each editor makes of texts that people have written. */
import { afterEach, describe, expect, test } from 'vitest'
import { editsOf, type Wish } from '../../src/prepare/edit.ts'
import { systemOf } from '../../src/prepare/family.ts'
import type { HostFiles } from '../../src/prepare/host-files.ts'
import { readHostFiles } from '../../src/prepare/host-files.ts'
import { initramfsOf, initramfsWishes } from '../../src/prepare/initramfs.ts'
import { changedCommandLine } from '../../src/prepare/kernel-cmdline.ts'
import {
  idsWishes,
  softdepWishes,
  unblacklistWishes,
  unsafeInterruptsWishes,
} from '../../src/prepare/modprobe.ts'
import { modulesFitting } from '../../src/prepare/modules-alias.ts'
import { moduleWishes } from '../../src/prepare/modules-load.ts'
import { withDeviceAcl } from '../../src/prepare/qemu-conf.ts'
import { memlockWishes } from '../../src/prepare/qemu-user.ts'
import type { Entry, Tree } from '../support/sysfs-tree.ts'
import { hostRoot } from './host-root.ts'

let tree: Tree | null = null
afterEach(() => tree?.remove())

/** What the wishes make of these files: path to new text, of those that change. */
function edited(files: Readonly<Record<string, Entry>>, wishes: (files: HostFiles) => readonly Wish[]) {
  tree?.remove()
  tree = hostRoot(files)
  const read = readHostFiles(tree.root)
  return Object.fromEntries(
    editsOf(wishes(read), read.text).map(({ path, after }) => [path, after.replace(/^# Written by.*\n/, '')]),
  )
}

describe('family', () => {
  test.each([
    ['ID=debian\n', 'debian'],
    ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
    ['ID="almalinux"\nID_LIKE="rhel centos fedora"\n', 'rhel'],
    ["ID='fedora'\n", 'rhel'],
    ['ID=opensuse-leap\nID_LIKE="suse opensuse"\n', 'unknown'],
    ['ID=constructor\n', 'unknown'],
    [null, 'unknown'],
  ])('%j is %s', (text, family) => {
    expect(systemOf(text).family).toBe(family)
  })
})

describe("kernel-install's command line", () => {
  test.each([
    ['root=/dev/x ro\n', 'root=/dev/x ro intel_iommu=on\n'],
    ['root=/dev/x', 'root=/dev/x intel_iommu=on'],
    ['', 'intel_iommu=on\n'],
    ['# a comment\nroot=/dev/x\nquiet\n', '# a comment\nroot=/dev/x\nquiet intel_iommu=on\n'],
    ['root=/dev/x intel_iommu=off quiet\n', 'root=/dev/x intel_iommu=on quiet\n'],
    ['dyndbg="file a.c +p; b" ro\n', 'dyndbg="file a.c +p; b" ro intel_iommu=on\n'],
    ['ro intel_iommu=on,sm_on\n', 'ro intel_iommu=on,sm_on\n'],
    ['ro nomodeset\n', 'ro intel_iommu=on\n'],
  ])('%j becomes %j', (before, after) => {
    const wish = { add: ['intel_iommu=on'], remove: ['nomodeset'] }
    expect(changedCommandLine(before, wish)).toBe(after)
    expect(changedCommandLine(after, wish)).toBe(after)
  })

  test('a character that only looks like a blank is refused with its line', () => {
    const wish = { add: ['intel_iommu=on'], remove: [] }
    expect(() => changedCommandLine('# a\u00a0comment\nroot=/dev/x\u00a0quiet\n', wish)).toThrow(
      '/etc/kernel/cmdline, line 2: a character U+00A0',
    )
  })
})

describe('modprobe.d', () => {
  const mine = '/etc/modprobe.d/mine.conf'
  const of = (text: string, wishes: (files: HostFiles) => readonly Wish[]) =>
    edited({ 'etc/modprobe.d/mine.conf': text }, wishes)

  test.each([
    [
      'added to the last list',
      'options vfio-pci ids=1:2\noptions vfio_pci ids=10de:1 disable_vga=1\n',
      { [mine]: 'options vfio-pci ids=1:2\noptions vfio_pci ids=10de:1,10de:20b0 disable_vga=1\n' },
    ],
    [
      'in a file of their own',
      '#options vfio-pci ids=1:2\n',
      { '/etc/modprobe.d/berth.conf': 'options vfio-pci ids=10de:20b0\n' },
    ],
    ['there already', 'options vfio-pci ids=10DE:20B0,1:2\n', {}],
    [
      'on a line that goes on',
      'options vfio-pci \\\n  ids=1:2\n',
      { [mine]: 'options vfio-pci \\\n  ids=1:2,10de:20b0\n' },
    ],
  ])('ids %s', (_, text, expected) => {
    expect(of(text, (files) => idsWishes(files, ['10de:20b0']))).toEqual(expected)
  })

  test.each([
    ['options vfio_iommu_type1 allow_unsafe_interrupts=1\n', {}],
    ['options vfio-iommu-type1 allow_unsafe_interrupts=Y\n', {}],
    [
      'options vfio_iommu_type1 allow_unsafe_interrupts=0 x=1\n',
      { [mine]: 'options vfio_iommu_type1 allow_unsafe_interrupts=1 x=1\n' },
    ],
    ['', { '/etc/modprobe.d/berth.conf': 'options vfio_iommu_type1 allow_unsafe_interrupts=1\n' }],
  ])('unsafe interrupts after %j', (text, expected) => {
    expect(of(text, unsafeInterruptsWishes)).toEqual(expected)
  })

  test.each([
    [
      'a blacklist',
      '# blacklist vfio-pci\nblacklist vfio-pci\nblacklist other\n',
      '# blacklist vfio-pci\n# blacklist vfio-pci\nblacklist other\n',
    ],
    ['an install line that does nothing', 'install vfio_pci /bin/false\n', '# install vfio_pci /bin/false\n'],
  ])('%s of a needed module becomes a comment', (_, text, after) => {
    expect(of(text, (files) => unblacklistWishes(files, 'vfio-pci'))).toEqual({ [mine]: after })
  })

  test.each(['vfio', 'vfio_iommu_type1', 'vfio-pci', 'vfio_pci_core'])(
    'what bars %s bars vfio-pci, whichever of them is asked for',
    (module) => {
      const text = `install ${module} /usr/bin/true\nblacklist ${module}\ninstall other /bin/true\n`
      const after = `# install ${module} /usr/bin/true\n# blacklist ${module}\ninstall other /bin/true\n`
      for (const asked of ['vfio-pci', 'vfio'])
        expect(
          of(text, (files) => unblacklistWishes(files, asked)),
          asked,
        ).toEqual({ [mine]: after })
    },
  )

  test.each([
    ['\tinstall  vfio-pci\t/bin/false  # no\n', '# \tinstall  vfio-pci\t/bin/false  # no\n'],
    ['install vfio_pci /sbin/false\n', '# install vfio_pci /sbin/false\n'],
    ['install vfio_pci false\n', '# install vfio_pci false\n'],
    ['install vfio \\\n  /bin/true\n', '# install vfio \\\n#   /bin/true\n'],
  ])('%j becomes %j', (before, after) => {
    expect(of(before, (files) => unblacklistWishes(files, 'vfio-pci'))).toEqual({ [mine]: after })
  })

  test.each([
    'install vfio-pci /sbin/modprobe --ignore-install vfio-pci\n',
    'install vfio_virt /bin/false\n',
    '# install vfio-pci /bin/false\n',
  ])('%j bars nothing', (text) => {
    expect(of(text, (files) => unblacklistWishes(files, 'vfio-pci'))).toEqual({})
  })

  test('of files of one name that in the first folder is in effect, and is the one that changes', () => {
    const bar = 'install vfio-pci /bin/false\n'
    const folders = ['etc', 'run', 'usr/local/lib', 'usr/lib', 'lib'].map((dir) => `${dir}/modprobe.d/x.conf`)
    const wishes = (read: HostFiles) => unblacklistWishes(read, 'vfio-pci')
    folders.forEach((first, index) => {
      const later = folders.slice(index + 1).map((path) => [path, 'options a b=1\n'])
      const changed = { '/etc/modprobe.d/x.conf': `# ${bar}` }
      expect(edited({ [first]: bar, ...Object.fromEntries(later) }, wishes), first).toEqual(changed)
      for (const [path] of later) expect(edited({ [first]: '', [path ?? '']: bar }, wishes), path).toEqual({})
    })
  })

  test('a no-break space is part of a name: such a line says nothing to modprobe', () => {
    const text = 'blacklist\u00a0vfio-pci\n\ufeffblacklist vfio-pci\n'
    expect(of(text, (files) => unblacklistWishes(files, 'vfio-pci'))).toEqual({})
  })

  test("a package's file is hidden by a changed copy in /etc", () => {
    const files = { 'usr/lib/modprobe.d/vendor.conf': 'blacklist vfio-pci\noptions a b=1\n' }
    const wishes = (read: HostFiles) => unblacklistWishes(read, 'vfio-pci')
    expect(edited(files, wishes)).toEqual({
      '/etc/modprobe.d/vendor.conf': '# blacklist vfio-pci\noptions a b=1\n',
    })
    expect(edited({ ...files, 'etc/modprobe.d/vendor.conf': '' }, wishes)).toEqual({})
  })

  test('a soft dependency that is there is not written again', () => {
    expect(
      of('softdep nouveau pre: vfio-pci\n', (files) => softdepWishes(files, ['nouveau', 'nvidia'])),
    ).toEqual({
      '/etc/modprobe.d/berth.conf': 'softdep nvidia pre: vfio-pci\n',
    })
  })
})

describe('modules', () => {
  test.each([
    ['etc/modules-load.d/x.conf', 'vfio_pci\n', {}],
    ['etc/modules', ' vfio-pci\n', {}],
    ['etc/modules', '# vfio-pci\n', { '/etc/modules-load.d/berth.conf': 'vfio-pci\n' }],
  ])('%s with %j', (path, text, expected) => {
    expect(edited({ [path]: text }, (files) => moduleWishes(files, ['vfio-pci']))).toEqual(expected)
  })

  test('that fit a device are found by its modalias', () => {
    const aliases =
      'alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\nalias pci:v000010DEd00000020* rivafb\nalias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci\nalias pci:v000010DEd*sv*sd*bc0[3b]sc02i* x\n'
    expect(modulesFitting(aliases, 'pci:v000010DEd000020B0sv000010DEsd0000144Ebc03sc02i00')).toEqual([
      'nouveau',
      'x',
    ])
    expect(modulesFitting(aliases, 'pci:v00001B21d00001242sv0sd0bc0Csc03i30')).toEqual(['xhci_pci'])
  })
})

describe('the initramfs', () => {
  test.each([
    [
      'initramfs-tools where mkinitramfs is there, whatever else is',
      { 'usr/sbin/mkinitramfs': '', 'usr/bin/dracut': '' },
      'initramfs-tools',
    ],
    ['dracut', { 'etc/dracut.conf': '' }, 'dracut'],
    ['none', {}, 'none'],
  ])('is made by %s', (_, files, kind) => {
    tree = hostRoot(files)
    expect(initramfsOf(readHostFiles(tree.root))).toBe(kind)
  })

  test.each([
    [
      'nothing there',
      {},
      { '/etc/dracut.conf.d/90-berth.conf': 'force_drivers+=" vfio vfio_iommu_type1 vfio_pci "\n' },
    ],
    [
      'others force them',
      {
        'etc/dracut.conf.d/v.conf': 'force_drivers+=" vfio_pci vfio-iommu-type1 "\nforce_drivers+=" vfio "\n',
      },
      {},
    ],
    [
      'an older line of its own',
      { 'etc/dracut.conf.d/90-berth.conf': '# mine\nforce_drivers+=" vfio "\n' },
      { '/etc/dracut.conf.d/90-berth.conf': '# mine\nforce_drivers+=" vfio vfio_iommu_type1 vfio_pci "\n' },
    ],
  ])('dracut: %s', (_, files, expected) => {
    expect(
      edited({ 'etc/dracut.conf': 'add_drivers=(a b)\n', ...files }, (read) =>
        initramfsWishes('dracut', read, false),
      ),
    ).toEqual(expected)
  })

  test('a broken dracut file is refused with its line', () => {
    const read = () =>
      edited({ 'etc/dracut.conf.d/x.conf': 'a=1\nb="\n' }, (files) => initramfsWishes('dracut', files, false))
    expect(read).toThrow('/etc/dracut.conf.d/x.conf, line 2')
  })

  test('initramfs-tools: modules that are listed with options are not listed again', () => {
    const files = { 'etc/initramfs-tools/modules': 'vfio-pci disable_vga=1\nvfio' }
    expect(edited(files, (read) => initramfsWishes('initramfs-tools', read, false))).toEqual({
      '/etc/initramfs-tools/modules': 'vfio-pci disable_vga=1\nvfio\nvfio_iommu_type1\n',
    })
  })
})

describe('cgroup_device_acl', () => {
  test.each([
    [
      'in one line',
      'cgroup_device_acl = [ "/dev/null", "/dev/kvm" ]\n',
      'cgroup_device_acl = [ "/dev/null", "/dev/kvm", "/dev/vfio/vfio", "/dev/vfio/7" ]\n',
    ],
    [
      'one a line',
      'cgroup_device_acl = [\n  "/dev/null",\n  "/dev/kvm"\n]\nx = 1\n',
      'cgroup_device_acl = [\n  "/dev/null",\n  "/dev/kvm",\n  "/dev/vfio/vfio",\n  "/dev/vfio/7"\n]\nx = 1\n',
    ],
    [
      'with a comma at the end',
      'cgroup_device_acl = [ "/dev/null", ]\n',
      'cgroup_device_acl = [ "/dev/null", "/dev/vfio/vfio", "/dev/vfio/7" ]\n',
    ],
    ['empty', 'cgroup_device_acl = []\n', 'cgroup_device_acl = ["/dev/vfio/vfio", "/dev/vfio/7"]\n'],
    [
      'complete',
      "cgroup_device_acl = ['/dev/vfio/7','/dev/vfio/vfio']\n",
      "cgroup_device_acl = ['/dev/vfio/7','/dev/vfio/vfio']\n",
    ],
    [
      'commented out',
      '#cgroup_device_acl = [\n#  "/dev/null"\n#]\n',
      '#cgroup_device_acl = [\n#  "/dev/null"\n#]\n',
    ],
    [
      'with a comment behind the last, which stays there',
      'cgroup_device_acl = [\n  "/dev/null", # nothing\n  "/dev/kvm"  # for guests\n]\n',
      'cgroup_device_acl = [\n  "/dev/null", # nothing\n  "/dev/kvm",  # for guests\n  "/dev/vfio/vfio",\n  "/dev/vfio/7"\n]\n',
    ],
    [
      'with a comment behind its last comma',
      'cgroup_device_acl = [\n  "/dev/kvm", # for guests, all\n  # "/dev/no"\n]\n',
      'cgroup_device_acl = [\n  "/dev/kvm", # for guests, all\n  "/dev/vfio/vfio",\n  "/dev/vfio/7"\n  # "/dev/no"\n]\n',
    ],
    [
      'in one line with a comment',
      'cgroup_device_acl = [ "/dev/null", "/dev/kvm" # for guests\n]\n',
      'cgroup_device_acl = [ "/dev/null", "/dev/kvm", # for guests\n    "/dev/vfio/vfio",\n    "/dev/vfio/7"\n]\n',
    ],
    [
      'empty with a comment',
      'cgroup_device_acl = [ # none\n]\n',
      'cgroup_device_acl = [ # none\n    "/dev/vfio/vfio",\n    "/dev/vfio/7"\n]\n',
    ],
    [
      'among other settings',
      'a = "x # y"\nl = [ "p", "q" ]\ncgroup_device_acl = [ "/dev/null" ]',
      'a = "x # y"\nl = [ "p", "q" ]\ncgroup_device_acl = [ "/dev/null", "/dev/vfio/vfio", "/dev/vfio/7" ]',
    ],
  ])('%s', (_, before, after) => {
    const entries = ['/dev/vfio/vfio', '/dev/vfio/7']
    expect(withDeviceAcl(before, entries)).toBe(after)
    expect(withDeviceAcl(after, entries)).toBe(after)
  })

  test.each([
    ['a list that does not end', 'a = 1\ncgroup_device_acl = [\n "/dev/null",\n', 'line 2: a list'],
    ['a string that does not end', '\ncgroup_device_acl = [ "/dev/null ]\n', 'line 2: a string'],
    [
      'another setting that is broken',
      'cgroup_device_acl = [ "/dev/null" ]\nuser = "x\n',
      'line 2: a string',
    ],
    ['no list', 'cgroup_device_acl = "x"\n', 'line 1'],
    ['set twice', 'cgroup_device_acl = []\ncgroup_device_acl = []\n', 'line 2'],
    ['neither setting nor comment', 'hello\n', 'line 1: neither'],
  ])('%s is refused with its line', (_, text, message) => {
    expect(() => withDeviceAcl(text, ['/dev/vfio/vfio'])).toThrow(`/etc/libvirt/qemu.conf, ${message}`)
  })
})

describe('the memory limit', () => {
  test.each([
    ['vm - memlock unlimited\n', {}],
    ['vm soft memlock unlimited\nvm hard memlock -1\n', {}],
    [
      'vm soft memlock unlimited\nvm hard memlock 1024\n',
      { '/etc/security/limits.d/90-berth.conf': 'vm - memlock unlimited\n' },
    ],
    ['#vm - memlock unlimited\n', { '/etc/security/limits.d/90-berth.conf': 'vm - memlock unlimited\n' }],
  ])('after %j', (text, expected) => {
    expect(edited({ 'etc/security/limits.conf': text }, (files) => memlockWishes(files, 'vm'))).toEqual(
      expected,
    )
  })
})
