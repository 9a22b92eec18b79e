/** GPUs and accelerators that a process of the host has open. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runProbe } from '../../../probes/command.ts'
import { probePci } from '../../../probes/pci/probe.ts'
import { examineHost } from '../../../probes/readiness/examine.ts'
import { probeHost } from '../../../probes/report.ts'
import { gpuUsage } from '../../../probes/usage/gpus.ts'
import { openFilesOf } from '../../../probes/usage/open-files.ts'
import { readHostDevices } from '../../../src/prepare/host-devices.ts'
import { createTree, type Tree } from '../../support/sysfs-tree.ts'

const FIRST = '0000:00:06.0'
const SECOND = '0000:00:07.0'
const THREE_D = '0x030200\n'
const ACCELERATOR = '0x120000\n'

let tree: Tree
beforeEach(() => {
  tree = createTree()
  tree.write('proc/self/mountinfo', '')
})
afterEach(() => tree.remove())

const gpu = (address: string, driver: string | null, classFile = THREE_D): string =>
  tree.pci(address, {
    class: classFile,
    driver: driver === null ? null : { link: `../../../bus/pci/drivers/${driver}` },
  })

/** What driver 580 says of an H200, blanks and tabs as it prints them. */
const nvidia = (address: string, minor: number): void =>
  tree.write(
    `proc/driver/nvidia/gpus/${address}/information`,
    `Model: \t\t NVIDIA H200\nIRQ:   \t\t 41\nBus Location: \t ${address}\nDevice Minor: \t ${minor}\nGPU Excluded:\t No\n`,
  )

/** A process with open files, some of them more than once. */
const runs = (pid: number, name: string, ...files: readonly string[]): void => {
  tree.write(`proc/${pid}/comm`, `${name}\n`)
  for (const [index, file] of files.entries()) tree.write(`proc/${pid}/fd/${index}`, { link: file })
}

const usage = () =>
  gpuUsage(
    tree.sysfs,
    tree.proc,
    probePci(tree.sysfs, () => {}),
    openFilesOf(tree.proc, () => {}),
  ).map(({ address, reason, detail }) => `${address} ${reason}: ${detail}`)

test("NVIDIA's file is known by its minor number, which is not the order of addresses", () => {
  gpu(FIRST, 'nvidia')
  gpu(SECOND, 'nvidia')
  nvidia(FIRST, 1)
  nvidia(SECOND, 0)
  runs(1113, 'python3', '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia0', '/dev/nvidia0')
  expect(usage()).toEqual([`${SECOND} open: nvidia0 is open by process 1113 (python3)`])
})

test('all processes are named', () => {
  gpu(FIRST, 'nvidia')
  nvidia(FIRST, 0)
  runs(612, 'nvidia-persiste', '/dev/nvidia0')
  runs(701, 'dcgm', '/dev/nvidia0')
  expect(usage()).toEqual([
    `${FIRST} open: nvidia0 is open by process 612 (nvidia-persiste), nvidia0 is open by process 701 (dcgm)`,
  ])
})

test.each([
  ['a card of DRM', 'amdgpu', THREE_D, 'drm/card1', '/dev/dri/card1'],
  ['a render node of DRM', 'amdgpu', THREE_D, 'drm/renderD128', '/dev/dri/renderD128'],
  ['an accelerator', 'habanalabs', ACCELERATOR, 'accel/accel0', '/dev/accel/accel0'],
])('%s that is open', (_, driver, classFile, node, file) => {
  tree.write(`sys/${gpu(FIRST, driver, classFile)}/${node}`, 'folder:')
  runs(812, 'trainer', file)
  expect(usage()).toEqual([`${FIRST} open: ${node.split('/')[1]} is open by process 812 (trainer)`])
})

test.each([
  ['nobody has it open', 'nvidia', '/dev/null'],
  ['only what all GPUs share is open', 'nvidia', '/dev/nvidiactl'],
  ['another GPU is open', 'nvidia', '/dev/nvidia10'],
  ['it is on vfio-pci', 'vfio-pci', '/dev/nvidia1'],
  ['it has no driver', null, '/dev/nvidia1'],
])('nothing where %s', (_, driver, file) => {
  gpu(FIRST, driver)
  nvidia(FIRST, 1)
  runs(812, 'python3', file)
  expect(usage()).toEqual([])
})

test('without a device file of a GPU no process is looked at', () => {
  gpu(FIRST, 'nvidia')
  // A file where a folder should be would be an error.
  tree.write('proc/812/fd', 'no folder')
  expect(usage()).toEqual([])
})

describe('who asks', () => {
  const OPEN = { address: FIRST, reason: 'open', detail: 'nvidia0 is open by process 1113 (python3)' }
  beforeEach(() => {
    gpu(FIRST, 'nvidia')
    nvidia(FIRST, 0)
    runs(1113, 'python3', '/dev/nvidia0')
    tree.write('sys/devices/system/cpu/online', '0\n')
    tree.write('proc/sys/kernel/osrelease', '6.12.0\n')
    tree.write('proc/meminfo', 'MemTotal: 1024 kB\n')
    tree.write('proc/cpuinfo', 'processor\t: 0\n')
  })

  test('the report', async () => {
    const { usage: reported } = await probeHost({ ...tree, filter: null, listDomains: null })
    expect(reported).toEqual([OPEN])
  })

  test('the doctor', async () => {
    const { usage: examined } = await examineHost({ root: tree.root, bootLog: null, warn: () => {} })
    expect(examined).toEqual([OPEN])
  })

  test('berth probe usage', async () => {
    let stdout = ''
    const print = (text: string) => {
      stdout += text
    }
    await runProbe(['usage', '--json', '--sysfs', tree.sysfs, '--proc', tree.proc], {
      stdout: print,
      stderr: () => {},
    })
    expect(JSON.parse(stdout)).toMatchObject({ usage: [OPEN] })
  })

  test('not who prepares the next boot: no process of this one is there then', () => {
    expect(readHostDevices(tree.root, () => {}).usage).toEqual([])
  })
})
