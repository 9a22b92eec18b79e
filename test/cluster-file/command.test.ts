import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { runPlan } from '../../src/cluster-file/command.ts'
import { NotFound } from '../../src/model/errors.ts'
import { CLUSTER_SCHEMA } from '../../src/model/schemas/cluster.ts'
import { PLAN_SCHEMA } from '../../src/model/schemas/plan.ts'

const gpu = (address: string) => ({
  address,
  vendor: '10de',
  device: '20b0',
  class: '0302',
  iommuGroup: null,
})
const FILES: Readonly<Record<string, string>> = {
  'small.json': JSON.stringify({
    hosts: [
      {
        id: 1,
        name: 'kvm-b',
        cpu: 64,
        memoryMiB: 262144,
        devices: [gpu('0000:3b:00.0'), gpu('0000:86:00.0')],
      },
      { id: 0, name: 'kvm-a', cpu: 1, devices: [] },
    ],
    vms: [
      { id: 7, name: 'pair', template: 'CPU = 4\nPCI = [ VENDOR = "10de", COUNT = 2 ]' },
      { id: 8, name: 'late', template: 'CPU = 4\nPCI = [ VENDOR = "10de", CLASS = "0302" ]' },
      { id: 3, name: 'broken', template: 'PCI = [ VENDOR = "*" ]' },
    ],
  }),
  'wide.json': JSON.stringify({
    hosts: Array.from({ length: 30 }, (_, id) => ({ id })),
    vms: [{ id: 1, template: 'PCI = [ CLASS = "0302" ]' }],
  }),
  'broken.json': '{ "hosts": [ }',
  'wrong.json': '{ "hosts": [ {} ], "vms": [] }',
}

async function berthPlan(...argv: string[]) {
  let stdout = ''
  let stderr = ''
  const status = await runPlan(argv, {
    readFile: async (path) => {
      const text = path.startsWith('text:') ? path.slice(5) : FILES[path === '-' ? 'small.json' : path]
      if (text === undefined) throw new NotFound('file-missing', `there is no file ${path}`)
      return text
    },
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { status, stdout, stderr }
}

describe('berth plan', () => {
  test.each([
    ['small.json', '--json'],
    ['-j', '-'],
    ['--json', '--policy', 'spread', 'small.json'],
  ])('prints one document that its schema describes: %s %s %s %s', async (...argv) => {
    const { status, stdout, stderr } = await berthPlan(...argv.filter((word) => word !== undefined))
    const document = JSON.parse(stdout)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(new Ajv({ strict: false }).validate(PLAN_SCHEMA, document)).toBe(true)
    expect(document.placements).toEqual([
      {
        vm: 7,
        host: 1,
        devices: [
          { request: 0, address: '0000:3b:00.0' },
          { request: 0, address: '0000:86:00.0' },
        ],
      },
    ])
  })

  test('sorts rejections by VM and reasons by host, and says why in words', async () => {
    const { rejections } = JSON.parse((await berthPlan('-j', 'small.json')).stdout)
    expect(rejections).toEqual([
      { vm: 3, message: expect.stringContaining('Invalid template: line 1, column 18'), reasons: [] },
      {
        vm: 8,
        message:
          'Cannot dispatch VM: none of 2 hosts can take it: not enough CPU (1), not enough free PCI devices (1)',
        reasons: [
          { host: 0, code: 'cpu', message: 'CPU: wants 4 cores, 1 free' },
          { host: 1, code: 'not-enough-free', message: 'PCI 0: wants 1, 0 of 2 free; held by VM 7' },
        ],
      },
    ])
  })

  test('prints a text for people', async () => {
    const { status, stdout } = await berthPlan('small.json')
    expect(status).toBe(0)
    expect(stdout).toBe(`VM 7: host 1: 0000:3b:00.0 (PCI 0), 0000:86:00.0 (PCI 0)
VM 3: waiting. Invalid template: line 1, column 18: PCI: VENDOR = "*": expected a hexadecimal number up to ffff (leave it out to match any)
VM 8: waiting. Cannot dispatch VM: none of 2 hosts can take it: not enough CPU (1), not enough free PCI devices (1)
  host 0: CPU: wants 4 cores, 1 free [cpu]
  host 1: PCI 0: wants 1, 0 of 2 free; held by VM 7 [not-enough-free]
1 placed, 2 waiting
`)
  })

  test('does not print thirty equal lines', async () => {
    const { stdout } = await berthPlan('wide.json')
    expect(stdout).toBe(`VM 1: waiting. Cannot dispatch VM: none of 30 hosts can take it: no such PCI device
  hosts 0, 1, 2 and 27 more: PCI 0: the host has no such device (wants 1) [no-such-device]
0 placed, 1 waiting
`)
  })

  test('prints ten different reasons at most', async () => {
    const hosts = Array.from({ length: 12 }, (_, id) => ({ id, cpu: id }))
    const text = JSON.stringify({ hosts, vms: [{ id: 1, template: 'CPU = 20' }] })
    const lines = (await berthPlan(`text:${text}`)).stdout.split('\n')
    expect(lines).toHaveLength(14)
    expect(lines[11]).toBe('  and 2 more reasons (--json has them all)')
  })

  test('prints help', async () => {
    expect(await berthPlan('--help')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Usage:/),
    })
  })

  test('plans the example of its help', async () => {
    const { stdout } = await berthPlan('--help')
    const example = /\ncluster\.json:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? ''
    expect(await berthPlan(`text:${example}`)).toMatchObject({
      status: 0,
      stdout: 'VM 1: host 0: 0000:3b:00.0 (PCI 0)\n1 placed, 0 waiting\n',
    })
  })

  test.each([
    ['no such file', ['none.json'], 1, 'berth plan: there is no file none.json\n'],
    ['no JSON', ['broken.json'], 1, 'berth plan: broken.json: not JSON: line 1, column 14'],
    ['a bad document', ['wrong.json', '-j'], 1, '/hosts/0/id'],
    ['no file named', [], 2, 'expected one FILE'],
    ['two files', ['a', 'b'], 2, 'expected one FILE'],
    ['an unknown option', ['--fast', 'small.json'], 2, '--fast'],
    ['an unknown policy', ['--policy', 'random', 'small.json'], 2, 'pack or spread'],
  ])('%s: a message on standard error, nothing on standard output', async (_title, argv, status, words) => {
    const answer = await berthPlan(...argv)
    expect(answer).toMatchObject({ status, stdout: '' })
    expect(answer.stderr).toContain(words)
    expect(answer.stderr.split('\n').filter((line) => line !== '' && !line.includes('--help'))).toHaveLength(
      1,
    )
  })
})

test("the cluster file's schema accepts what the command reads", () => {
  const validate = new Ajv({ strict: false }).compile(CLUSTER_SCHEMA)
  expect(validate(JSON.parse(FILES['small.json'] ?? ''))).toBe(true)
  expect(validate(JSON.parse(FILES['wrong.json'] ?? ''))).toBe(false)
})
