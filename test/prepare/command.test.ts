/** `berth prepare` from arguments to files, on written roots. */
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, describe, expect, test } from 'vitest'
import type { Need } from '../../src/model/readiness.ts'
import { PREPARE_SCHEMA } from '../../src/model/schemas/prepare.ts'
import type { Entry, Tree } from '../support/sysfs-tree.ts'
import { DEBIAN, hostRoot, INTEL, pciFunction, picture, prepare, RHEL, setMode } from './host-root.ts'

let tree: Tree
afterEach(() => tree.remove())

const open = (files: Readonly<Record<string, Entry>>): Tree => {
  tree = hostRoot(files)
  return tree
}
const text = (path: string) => readFileSync(join(tree.root, path), 'utf8')

/** A GPU with its audio function in one group, a NIC with an address, a bridge, a disk. */
function withDevices(files: Readonly<Record<string, Entry>> = DEBIAN): Tree {
  open(files)
  const gpu = {
    class: '0x030200\n',
    vendor: '0x10de\n',
    device: '0x20b0\n',
    modalias: 'pci:v000010DEd000020B0sv0sd0bc03sc02i00\n',
  }
  pciFunction(tree, '0000:3b:00.0', { driver: 'nouveau', group: 12, files: gpu })
  pciFunction(tree, '0000:3b:00.1', {
    driver: 'snd_hda_intel',
    group: 12,
    files: { class: '0x040300\n', vendor: '0x10de\n', device: '0x1aef\n' },
  })
  pciFunction(tree, '0000:3c:00.0', {
    driver: 'igb',
    group: 13,
    files: { net: 'folder:', 'net/eth0': 'folder:' },
  })
  pciFunction(tree, '0000:3a:00.0', {
    driver: 'pcieport',
    files: { class: '0x060400\n', device: '0x2030\n' },
  })
  pciFunction(tree, '0000:3d:00.0', {
    driver: 'nvme',
    group: 14,
    files: { class: '0x010802\n', device: '0x0a54\n' },
  })
  tree.write('sys/class/net/eth0', { link: '../../devices/pci0000:00/0000:3c:00.0/net/eth0' })
  tree.write(
    'proc/net/route',
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n',
  )
  tree.write('proc/sys/kernel/osrelease', '6.12.0\n')
  tree.write(
    'lib/modules/6.12.0/modules.alias',
    'alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\nalias pci:v000010DEd*sv*sd*bc03sc02i00* nvidiafb\nalias vfio_pci:v000010DEd* nvgrace_gpu_vfio_pci\nalias pci:v00008086d* igb\n',
  )
  return tree
}

describe('without --apply', () => {
  test('shows the difference and what follows, and changes nothing', async () => {
    open(DEBIAN)
    const before = picture(tree.root)
    const { status, stdout, stderr, ran } = await prepare(tree, [], INTEL)
    expect({ status, stderr, ran }).toEqual({ status: 0, stderr: '', ran: [] })
    expect(picture(tree.root)).toEqual(before)
    expect(stdout).toContain('Debian GNU/Linux 13 (trixie), kernel parameters through GRUB')
    expect(stdout).toContain(
      '-GRUB_CMDLINE_LINUX_DEFAULT="quiet"   # keep it quiet\n+GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"   # keep it quiet\n',
    )
    expect(stdout).toContain("# intel_iommu=on turns on Intel's IOMMU")
    expect(stdout).toContain('  update-grub ')
    expect(stdout).toMatch(/A reboot is needed; Berth does not reboot. After it, check:\n {2}berth doctor/)
    expect(stdout).toMatch(/Nothing was changed; `berth prepare --root \S+ --apply` writes it\n$/)
  })

  test('says so where nothing is to be done', async () => {
    const { status, stdout } = await prepare(open(DEBIAN), [])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Nothing to do/)
  })

  test.each([
    ['a plan', []],
    ['what was written', ['--apply']],
    ['nothing to do', ['--none']],
    ['an undo', ['--undo']],
  ])('--json prints %s as one document of its schema', async (_, argv) => {
    withDevices()
    const choices = argv[0] === '--none' || argv[0] === '--undo' ? [] : ['--device', '3b:00.0', '--early']
    if (argv[0] === '--undo') await prepare(tree, ['--apply'], INTEL)
    const { status, stdout } = await prepare(tree, [
      '--json',
      ...argv.filter((word) => word !== '--none'),
      ...choices,
    ])
    expect(status).toBe(0)
    const validate = new Ajv({ strict: false }).compile(PREPARE_SCHEMA)
    expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true)
  })
})

const EVERYTHING = [
  ...[
    '--device',
    '3b:00.0',
    '--device',
    '3b:00.1',
    '--ids',
    '10de:20b0',
    '--blacklist',
    'nouveau',
    '--early',
  ],
  ...['--allow-unsafe-interrupts', '--iommu-passthrough', '--qemu-user', 'vm'],
]
const NEEDS: readonly Need[] = [
  ...INTEL,
  { kind: 'no-kernel-parameter', parameter: 'nomodeset' },
  { kind: 'module', module: 'vfio-pci' },
  { kind: 'no-blacklist', module: 'vfio_iommu_type1' },
  { kind: 'device-acl', entries: ['/dev/vfio/vfio'] },
]
const MORE: Readonly<Record<string, Entry>> = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nvm:x:990:36::/:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nkvm:x:36:\n',
  'etc/modprobe.d/old.conf': '# mine\nblacklist vfio_iommu_type1\noptions snd power_save=1\n',
  'etc/libvirt/qemu.conf':
    '# libvirt\nuser = "root"\ncgroup_device_acl = [\n    "/dev/null", "/dev/full",\n    "/dev/kvm"\n]\nmax_files = 100\n',
  'usr/lib/systemd/system/libvirtd.service': '',
}

describe.each([
  ['Debian', { ...DEBIAN, ...MORE }],
  ['Red Hat', { ...RHEL, ...MORE }],
])('on %s', (name, files) => {
  test('everything is written, once more changes nothing, and --undo restores it byte by byte', async () => {
    withDevices(files)
    setMode(tree.root, 'etc/default/grub', 0o640)
    setMode(tree.root, 'etc/libvirt/qemu.conf', 0o600)
    const before = picture(tree.root)
    const applied = await prepare(tree, ['--apply', ...EVERYTHING], NEEDS)
    expect({ status: applied.status, stderr: applied.stderr, ran: applied.ran }).toEqual({
      status: 0,
      stderr: '',
      ran: [],
    })
    const after = picture(tree.root)
    expect(after['etc/default/grub']).toMatch(/^640 /)
    expect(after['etc/default/grub']).toContain('intel_iommu=on iommu=pt')
    expect(after['etc/libvirt/qemu.conf']).toBe(
      before['etc/libvirt/qemu.conf']?.replace('"/dev/kvm"', '"/dev/kvm",\n    "/dev/vfio/vfio"'),
    )
    expect(after['etc/modprobe.d/old.conf']).toContain('# mine\n# blacklist vfio_iommu_type1\noptions snd')
    expect(after['etc/modprobe.d/berth.conf']?.split('\n').slice(1, -1)).toEqual([
      'blacklist nouveau',
      'options vfio-pci ids=10de:20b0',
      'softdep nouveau pre: vfio-pci',
      'softdep nvidiafb pre: vfio-pci',
      'options vfio_iommu_type1 allow_unsafe_interrupts=1',
    ])
    expect(after['etc/berth/vfio-devices']?.split('\n').slice(1)).toEqual([
      '0000:3b:00.0 10de:20b0',
      '0000:3b:00.1 10de:1aef',
      '',
    ])
    expect(after['etc/systemd/system/sysinit.target.wants/berth-vfio.service']).toBe(
      '-> ../berth-vfio.service',
    )
    expect(after['etc/udev/rules.d/90-berth-vfio.rules']).toContain(
      'SUBSYSTEM=="vfio", GROUP="kvm", MODE="0660"\n',
    )
    expect(after['etc/security/limits.d/90-berth.conf']).toContain('vm - memlock unlimited\n')

    const again = await prepare(tree, ['--json', ...EVERYTHING], NEEDS)
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [] })
    expect((await prepare(tree, ['--apply', ...EVERYTHING], NEEDS)).status).toBe(0)
    expect(picture(tree.root)).toEqual(after)

    const undone = await prepare(tree, ['--undo'])
    expect({ status: undone.status, stderr: undone.stderr }).toEqual({ status: 0, stderr: '' })
    expect(picture(tree.root)).toEqual(before)
    expect((await prepare(tree, ['--undo'])).stdout).toContain('Nothing to take back')
  })

  test('the commands are those of the system, and only printed where the root is another', async () => {
    withDevices(files)
    const { stdout } = await prepare(tree, ['--json', ...EVERYTHING], NEEDS)
    const { commands, remaining } = JSON.parse(stdout) as Record<string, { argv: string[] }[]>
    expect(remaining).toEqual(commands)
    expect(commands?.map(({ argv }) => argv.join(' '))).toEqual([
      'systemctl daemon-reload',
      'udevadm control --reload',
      'systemctl try-restart libvirtd.service',
      ...(name === 'Debian'
        ? ['update-initramfs -u -k all', 'update-grub']
        : [
            'dracut --force --regenerate-all',
            'grubby --update-kernel=ALL --remove-args=nomodeset --args=intel_iommu=on iommu=pt',
          ]),
    ])
  })
})

describe('what Red Hat has beside GRUB', () => {
  test("kernel-install's command line gets the parameter too, and boot entries that lack it ask for grubby", async () => {
    open(RHEL)
    await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/kernel/cmdline')).toBe(
      'root=/dev/mapper/rl-root ro crashkernel=1G-4G:192M intel_iommu=on\n',
    )
    expect(text('etc/default/grub')).toContain('rd.lvm.lv=rl/root intel_iommu=on"\n')
    const again = JSON.parse((await prepare(tree, ['--json'], INTEL)).stdout)
    expect(again).toMatchObject({
      changes: [],
      commands: [{ argv: ['grubby', '--update-kernel=ALL', '--args=intel_iommu=on'] }],
    })
    writeFileSync(join(tree.root, 'boot/loader/entries/a.conf'), 'options root=/dev/x intel_iommu=on\n')
    expect((await prepare(tree, [], INTEL)).stdout).toMatch(
      /^Nothing to do.*\n! The kernel parameters are written already/,
    )
  })

  test('drop-ins that its grub2-mkconfig does not read are not edited', async () => {
    open({
      ...RHEL,
      'etc/default/grub.d/x.cfg': 'GRUB_CMDLINE_LINUX="a"\n',
      'usr/sbin/grub2-mkconfig': '. /etc/default/grub\n',
    })
    await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/default/grub.d/x.cfg')).toBe('GRUB_CMDLINE_LINUX="a"\n')
    expect(text('etc/default/grub')).toContain('intel_iommu=on')
  })
})

describe('systemd-boot', () => {
  const { 'etc/default/grub': _, ...noGrub } = DEBIAN
  const files = {
    ...noGrub,
    'boot/efi/EFI/systemd/systemd-bootx64.efi': '',
    'usr/lib/modules/6.12.0/vmlinuz': '',
    'lib/modules/6.1.0/x': '',
    'boot/vmlinuz-6.1.0': '',
  }

  test('a command line that is not written down yet starts as that of this boot', async () => {
    open({ ...files, 'proc/cmdline': 'initrd=\\x\\initrd root=UUID=1 ro quiet\n' })
    await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/kernel/cmdline')).toBe('root=UUID=1 ro quiet intel_iommu=on\n')
  })

  test.each([
    ['neither it nor that of this boot can be read', {}],
    ['that of this boot names no root', { 'proc/cmdline': 'BOOT_IMAGE=/vmlinuz quiet nfsroot=x\n' }],
    ["the vendor's names no root", { 'usr/lib/kernel/cmdline': 'quiet\n', 'proc/cmdline': 'root=/dev/x\n' }],
  ])('where %s, none is made without root=: the parameter is for the operator', async (_, more) => {
    open({ ...files, ...more })
    const before = picture(tree.root)
    const { status, stdout } = await prepare(tree, ['--apply'], INTEL)
    expect(status).toBe(0)
    expect(picture(tree.root)).toEqual(before)
    expect(stdout).toMatch(/By hand:\n\nMake \/etc\/kernel\/cmdline .*root=.*:\n\n {4}intel_iommu=on\n/)
    expect(stdout).not.toContain('kernel-install add')
  })

  test("the vendor's command line is what a new one begins with", async () => {
    open({ ...files, 'usr/lib/kernel/cmdline': 'root=LABEL=os quiet\n' })
    await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/kernel/cmdline')).toBe('root=LABEL=os quiet intel_iommu=on\n')
  })

  test('one that is there is changed, with root= or without: the image may be found without', async () => {
    open({ ...files, 'etc/kernel/cmdline': 'rw quiet\n' })
    await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/kernel/cmdline')).toBe('rw quiet intel_iommu=on\n')
  })

  test('every kernel is added anew', async () => {
    open({ ...files, 'etc/kernel/cmdline': '# mine\nroot=UUID=1 intel_iommu=off -- single\n' })
    const { stdout } = await prepare(tree, ['--apply'], INTEL)
    expect(text('etc/kernel/cmdline')).toBe('# mine\nroot=UUID=1 intel_iommu=on -- single\n')
    expect(stdout).toContain('kernel-install add 6.12.0 /usr/lib/modules/6.12.0/vmlinuz')
    expect(stdout).toContain('kernel-install add 6.1.0 /boot/vmlinuz-6.1.0')
  })

  test('without a boot loader that Berth knows the parameter is for the operator, and the rest is written', async () => {
    open(noGrub)
    const { status, stdout } = await prepare(
      tree,
      ['--apply'],
      [...INTEL, { kind: 'module', module: 'vfio-pci' }],
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/By hand:\n\nPut on the kernel's command line.*:\n\n {4}intel_iommu=on\n/)
    expect(text('etc/modules-load.d/berth.conf')).toContain('vfio-pci\n')
  })
})

describe('where all that is missing is for the operator', () => {
  const { 'etc/default/grub': _, 'etc/kernel/cmdline': __, ...bare } = RHEL

  test('nothing says that --apply would write it', async () => {
    open(bare)
    const { status, stdout } = await prepare(tree, [], INTEL)
    expect(status).toBe(0)
    expect(stdout).toContain('By hand:')
    expect(stdout).not.toContain('writes it')
    expect(stdout).not.toContain('is needed')
    expect(stdout).toMatch(
      /After it and a reboot, check:\n {2}berth doctor\n\nNothing was changed; --apply writes nothing of what is done by hand\.\n$/,
    )
  })

  test('--apply says that it wrote nothing, and asks for no reboot', async () => {
    open(bare)
    const before = picture(tree.root)
    const { status, stdout } = await prepare(tree, ['--apply'], INTEL)
    expect(status).toBe(0)
    expect(stdout).toMatch(/Nothing was changed; --apply writes nothing of what is done by hand\.\n$/)
    expect(stdout).not.toContain('is needed')
    expect(picture(tree.root)).toEqual(before)
    const { state } = JSON.parse((await prepare(tree, ['--apply', '--json'], INTEL)).stdout)
    expect(state).toBe('planned')
  })

  test('beside something to write, both are told apart', async () => {
    open(bare)
    const needs: readonly Need[] = [...INTEL, { kind: 'module', module: 'vfio-pci' }]
    const shown = await prepare(tree, [], needs)
    expect(shown.stdout).toMatch(/ --apply` writes it, except for what is done by hand\n$/)
    const { stdout } = await prepare(tree, ['--apply'], needs)
    expect(stdout).toContain('Still to be done by hand, before the reboot: see above.\n')
    expect(stdout).toContain('A reboot is needed')
  })
})

describe('a root that is no folder', () => {
  test.each([[[]], [['--apply']], [['--undo']]])('%j', async (argv) => {
    open({ ...DEBIAN, 'a-file': '' })
    for (const root of [join(tree.root, 'nowhere'), join(tree.root, 'a-file')]) {
      const { status, stdout, stderr } = await prepare(tree, ['--root', root, ...argv], INTEL)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toBe(`berth prepare: there is no folder ${root} to look into\n`)
    }
  })
})

describe('a system of another family', () => {
  const files = { ...DEBIAN, 'etc/os-release': 'ID=nixos\nPRETTY_NAME="NixOS 25.05"\n' }

  test('gets the texts to write by hand', async () => {
    withDevices(files)
    const { status, stdout } = await prepare(tree, ['--device', '3b:00.0'], INTEL)
    expect(status).toBe(0)
    expect(stdout).toContain('    intel_iommu=on\n')
    expect(stdout).toContain('Let /etc/systemd/system/berth-vfio.service be')
    expect(stdout).toContain('    ExecStart=/bin/sh /etc/berth/vfio-bind\n')
    expect(stdout).toContain('on this system Berth writes nothing by itself')
  })

  test('--apply is refused, and nothing is written', async () => {
    withDevices(files)
    const before = picture(tree.root)
    const { status, stderr } = await prepare(tree, ['--device', '3b:00.0', '--apply'], INTEL)
    expect(status).toBe(1)
    expect(stderr).toContain('NixOS 25.05 is neither of the Debian nor of the Red Hat family')
    expect(picture(tree.root)).toEqual(before)
  })
})

describe('what is refused, with nothing changed', () => {
  test.each([
    [['--device', '3c:00.0'], '--device 3c:00.0: the host itself uses it (eth0'],
    [['--device', '3a:00.0'], '--device 3a:00.0: is a bridge'],
    [['--device', '99:00.0'], '--device 99:00.0: there is no such device'],
    [['--ids', '8086:10d3'], '--ids 8086:10d3 fits 3c:00.0, which: the host itself uses it'],
    [['--ids', '8086:2030'], 'is a bridge'],
    [['--blacklist', 'igb'], '--blacklist igb: drives 3c:00.0, which the host itself uses'],
    [['--qemu-user', 'nobody'], 'there is no user nobody'],
  ])('%j', async (argv, message) => {
    withDevices()
    const before = picture(tree.root)
    const { status, stdout, stderr } = await prepare(tree, ['--apply', ...argv], INTEL)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(message)
    expect(picture(tree.root)).toEqual(before)
  })

  test.each([
    ['etc/default/grub', 'A=1\nGRUB_CMDLINE_LINUX="quiet\n', '/etc/default/grub, line 2'],
    [
      'etc/libvirt/qemu.conf',
      'user = "root"\ncgroup_device_acl = [\n "/dev/null"\n',
      '/etc/libvirt/qemu.conf, line 2: a list that begins with [ and does not end',
    ],
    ['etc/libvirt/qemu.conf', 'user = "root\n', '/etc/libvirt/qemu.conf, line 1: a string'],
    [
      'etc/default/grub.d/50.cfg',
      'A=1\nB=2\u00a0\n',
      '/etc/default/grub.d/50.cfg, line 2: a character U+00A0, which looks like a blank',
    ],
    ['etc/default/grub', Buffer.from([0x41, 0x3d, 0xff, 0x0a]), '/etc/default/grub is not UTF-8'],
  ])('a broken %s', async (path, content, message) => {
    open({ ...DEBIAN, [path]: content })
    const before = picture(tree.root)
    const { status, stderr } = await prepare(tree, ['--apply'], NEEDS)
    expect(status).toBe(1)
    expect(stderr).toContain(message)
    expect(picture(tree.root)).toEqual(before)
  })

  test('a device where no sysfs can be read', async () => {
    open(DEBIAN)
    rmSync(tree.sysfs, { recursive: true })
    const { status, stderr } = await prepare(tree, ['--device', '3b:00.0'])
    expect(status).toBe(1)
    expect(stderr).toContain('is not the sysfs of a running host')
  })

  test.each([
    [['--device', '3b:00'], '3b:00'],
    [['--ids', '10de'], '10de'],
    [['--blacklist', 'a b'], 'a b'],
    [['--undo', '--early'], '--early'],
    [['--fly'], '--fly'],
    [['stray'], 'stray'],
  ])('%j is wrong usage: status 2', async (argv, named) => {
    const { status, stdout, stderr } = await prepare(open(DEBIAN), argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(named)
  })
})

describe('what is said beside the difference', () => {
  test('group mates that stay on host drivers, and the driver that the initramfs may load', async () => {
    withDevices()
    const { stdout } = await prepare(tree, ['--device', '3b:00.0'])
    expect(stdout).toContain('! 3b:00.0 shares IOMMU group 12 with 3b:00.1 on snd_hda_intel')
    expect(stdout).toContain('! 3b:00.0: where nouveau is loaded in the initramfs')
    expect(stdout).toContain('berth probe pci --short-address 3b:00.0')
  })

  test('a driver that is built into the kernel, which a soft dependency does not order', async () => {
    withDevices()
    rmSync(join(tree.sysfs, 'bus/pci/drivers/nouveau/module'))
    const { stdout } = await prepare(tree, ['--ids', '10de:20b0'])
    expect(stdout).toContain('! 3b:00.0: nouveau is built into the kernel')
  })

  test('an initramfs that has the list of devices is rebuilt when it grows', async () => {
    withDevices()
    await prepare(tree, ['--apply', '--early', '--device', '3b:00.0'])
    const { stdout } = await prepare(tree, ['--device', '3b:00.1'])
    expect(stdout).toContain(' 0000:3b:00.0 10de:20b0\n+0000:3b:00.1 10de:1aef\n')
    expect(stdout).toContain('  update-initramfs -u -k all')
  })

  test('an image of rpm-ostree gets its parameters by hand', async () => {
    open({ ...RHEL, 'run/ostree-booted': '' })
    const { stdout } = await prepare(tree, [], INTEL)
    expect(stdout).toContain('By hand:')
    expect(stdout).not.toContain('+++ /etc/default/grub')
  })

  test('a group mate that the host itself uses', async () => {
    withDevices()
    pciFunction(tree, '0000:3e:00.0', { group: 13 })
    const { stdout } = await prepare(tree, ['--device', '3e:00.0'])
    expect(stdout).toMatch(
      /! 3e:00.0 shares IOMMU group 13 with 3c:00.0, which the host itself uses \(eth0.*: no VM can get it/,
    )
  })

  test('which devices an id takes', async () => {
    withDevices()
    const { stdout } = await prepare(tree, ['--ids', '10de:20b0,10de:9999'])
    expect(stdout).toContain('! vfio-pci takes all devices with the ids 10de:20b0: 3b:00.0')
    expect(stdout).toContain('! No device of this host has the ids 10de:9999 now.')
  })

  test('ids that are given twice count once, however they are written', async () => {
    withDevices()
    const { stdout } = await prepare(tree, ['--ids', '10DE:20B0', '--ids', '10de:20b0'])
    expect(stdout).toContain('+options vfio-pci ids=10de:20b0\n')
    expect(stdout.match(/! vfio-pci takes all devices/g)).toHaveLength(1)
  })

  test('the risk of unsafe interrupts; without the option they are only named', async () => {
    const asked = await prepare(open(DEBIAN), ['--allow-unsafe-interrupts'])
    expect(asked.stdout).toContain('! RISK: ')
    tree.remove()
    const needed = await prepare(open(DEBIAN), [], [...INTEL, { kind: 'unsafe-interrupts' }])
    expect(needed.stdout).toContain('--allow-unsafe-interrupts writes that, and nothing else does')
    expect(needed.stdout).not.toContain('modprobe.d')
  })

  test('limits and udev rules need no reboot', async () => {
    open({ ...DEBIAN, ...MORE })
    const { stdout } = await prepare(tree, ['--qemu-user', 'vm'])
    expect(stdout).toContain('No reboot is needed')
    expect(stdout).toContain('LimitMEMLOCK=infinity')
  })
})

describe('links', () => {
  test('are followed, inside the root also where they are absolute, and stay links', async () => {
    open(DEBIAN)
    renameSync(join(tree.root, 'etc/default/grub'), join(tree.root, 'etc/grub.real'))
    symlinkSync('/etc/grub.real', join(tree.root, 'etc/default/grub'))
    const before = picture(tree.root)
    await prepare(tree, ['--apply'], INTEL)
    expect(picture(tree.root)['etc/default/grub']).toBe('-> /etc/grub.real')
    expect(text('etc/grub.real')).toContain('intel_iommu=on')
    await prepare(tree, ['--undo'])
    expect(picture(tree.root)).toEqual(before)
  })
})

test('the unit is one that systemd understands', async () => {
  withDevices()
  await prepare(tree, ['--apply', '--device', '3b:00.0'])
  const unit = join(tree.root, 'etc/systemd/system/berth-vfio.service')
  let complaints = ''
  try {
    execFileSync('systemd-analyze', ['verify', '--man=no', unit], { stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    complaints = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  }
  expect(complaints.split('\n').filter((line) => line.includes('berth-vfio'))).toEqual([])
})
