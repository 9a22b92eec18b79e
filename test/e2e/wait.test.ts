/** `--wait` of the shipped command: beside a `serve` that does the work, and without one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import type { VmView } from '../../src/view/documents.ts'
import { type Background, berth, berthInBackground } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let folder: string
let serving: Background | null = null

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-wait-'))
  writeFileSync(
    join(folder, 'gpu.tmpl'),
    'NAME = "gpu"\nMEMORY = 64\nPCI = [ VENDOR = "10de", CLASS = "0302" ]\n',
  )
  const machine = ['--driver', 'simulator', '--machine', 'sim-gpu-render', '--filter', '10de:']
  expect((await berth(folder, 'host', 'add', 'sim', ...machine)).status).toBe(0)
})
afterAll(async () => {
  serving?.signal('SIGKILL')
  await serving?.ended
  rmSync(folder, { recursive: true, force: true })
})

test('deploy, stop and terminate in this process, each with its steps', async () => {
  const made = await berth(folder, 'vm', 'create', 'gpu.tmpl', '--name', 'here')
  expect(made.stdout).toBe('ID: 1')
  const deployed = await berth(folder, 'vm', 'deploy', 'here', 'sim', '--wait')
  expect(deployed).toMatchObject({ status: 0, stdout: 'VM 1 (here): RUNNING on sim' })
  expect(deployed.stderr.split('\n').length).toBeGreaterThan(2)
  expect(deployed.stderr.split('\n').at(-1)).toBe('VM 1 (here): RUNNING')
  const stopped = await berth(folder, 'vm', 'stop', 'here', '--hard', '--wait', '--json')
  const view: VmView = JSON.parse(stopped.stdout)
  expect([stopped.status, view.state]).toEqual([0, 'POWEROFF'])
  expect(await berth(folder, 'vm', 'terminate', 'here', '--wait')).toMatchObject({
    status: 0,
    stdout: 'VM 1 (here): DONE',
  })
})

test('one that no host can take is waited for, and its reason told', async () => {
  writeFileSync(join(folder, 'never.tmpl'), 'NAME = "never"\nMEMORY = 64\nPCI = [ VENDOR = "ffff" ]\n')
  const { status, stdout, stderr } = await berth(
    folder,
    'vm',
    'create',
    'never.tmpl',
    '--wait',
    '--timeout',
    '1',
  )
  expect([status, stdout]).toEqual([1, 'ID: 2'])
  expect(stderr).toMatch(/berth: not yet RUNNING after 1 s, and it goes on: VM 2 \(never\): PENDING/)
})

test('beside a serve, VMs made together are waited for, and stand in XML as OpenNebula has them', async () => {
  serving = berthInBackground(folder, 'serve', '--interval', '1')
  await berth(folder, 'template', 'create', 'gpu.tmpl')
  const made = await berth(
    folder,
    'template',
    'instantiate',
    'gpu',
    '--count',
    '2',
    '--name',
    'v%i',
    '--wait',
  )
  expect(made.status, made.stderr).toBe(0)
  expect(made.stdout).toMatch(/VM ID: 3\nVM ID: 4\nVM 3 \(v0\): RUNNING on sim\nVM 4 \(v1\): RUNNING on sim/)
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'PCI' })
  const { HOST_POOL } = parser.parse((await berth(folder, 'host', 'list', '-x')).stdout)
  const held = HOST_POOL.HOST.HOST_SHARE.PCI_DEVICES.PCI.map((pci: { VMID: string }) => pci.VMID)
  expect(held).toEqual(expect.arrayContaining(['3', '4', '-1']))
  const { VM_POOL } = parser.parse((await berth(folder, 'vm', 'list', '-x', '-f', 'NAME~v')).stdout)
  const running = VM_POOL.VM.filter(
    (vm: { STATE: string; LCM_STATE: string }) => vm.STATE === '3' && vm.LCM_STATE === '3',
  )
  expect(running.length).toBe(2)
  expect(await berth(folder, 'vm', 'stop', 'v0', '--hard', '--wait')).toMatchObject({ status: 0 })
})
