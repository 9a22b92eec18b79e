/** Every command's `--json`: one document on standard output, of the form that `berth schema NAME` prints. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { GROUPS } from '../../src/cli/groups.ts'
import { schemaNames } from '../../src/schemas.ts'
import { berth } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const GPU = 'NAME = "gpu"\nMEMORY = 64\nPCI = [ VENDOR = "10de", CLASS = "0302" ]\n'
const CLUSTER = { hosts: [{ id: 0 }], vms: [{ id: 1, template: 'PCI = [ VENDOR = "10de" ]' }] }

/** In this order, on one database: a VM's whole life. */
const COMMANDS: readonly (readonly [command: string, schema: string])[] = [
  ['db migrate', 'db-migrate'],
  ['host add sim --driver simulator --machine sim-gpu-render --filter 10de:', 'host'],
  ['host add other --driver simulator --machine sim-nic', 'host'],
  ['host add far --agent', 'host'],
  ['host set far --filter 10de: --period devices=60', 'host'],
  ['host fence far --yes', 'host-fence'],
  ['host list', 'host-list'],
  ['host list -f NAME=nobody', 'host-list'],
  ['host show sim', 'host'],
  ['host groups sim', 'host-groups'],
  ['host disable other', 'host'],
  ['host enable other', 'host'],
  ['device list', 'device-list'],
  ['device types', 'device-types'],
  ['device list --host sim --all', 'device-list'],
  ['device show sim 81:00.0', 'device'],
  ['device allow sim 81:00.0', 'device'],
  ['device drain sim 81:00.0 --reason dusty', 'device'],
  ['device undrain sim 81:00.0', 'device'],
  ['device quarantine sim 81:00.0 --reason hot', 'device'],
  ['device clear sim 81:00.0', 'device'],
  ['device history sim 81:00.0', 'device-history'],
  ['device bind sim 81:00.0', 'device'],
  ['device unbind sim 81:00.0', 'device'],
  ['device reserve sim 81:00.0', 'device'],
  ['sriov list other', 'sriov-list'],
  ['sriov set other d8:00.0 2', 'sriov-pf'],
  ['template create gpu.tmpl', 'template'],
  ['template list', 'template-list'],
  ['template show gpu', 'template'],
  ['template update gpu gpu.tmpl', 'template'],
  ['template check gpu', 'template-check'],
  ['template check gpu.tmpl', 'template-check'],
  ['template fit gpu', 'template-fit'],
  ['template fit gpu.tmpl', 'template-fit'],
  ['template instantiate gpu --count 6 --name v%i', 'vm-list'],
  ['vm create gpu.tmpl --name held --hold', 'vm'],
  ['vm release held', 'vm'],
  ['vm hold held', 'vm'],
  ['schedule --once', 'cycle'],
  ['vm list', 'vm-list'],
  ['vm show v0', 'vm'],
  ['explain v5', 'explanation'],
  ['explain held', 'explanation'],
  ['host show sim', 'host'],
  ['drift sim', 'drift'],
  ['vm attach-pci held --class 0302', 'vm'],
  ['vm detach-pci held --request 1', 'vm'],
  ['vm attach-usb held --port 1-4', 'vm'],
  ['vm detach-usb held --port 1-4', 'vm'],
  ['vm stop v0 --hard', 'vm'],
  ['vm start v0', 'vm'],
  ['vm deploy v0 sim', 'vm'],
  ['vm terminate v0 --hard', 'vm'],
  ['vm wait 1 --for done', 'vm-wait'],
  ['vm list --all', 'vm-list'],
  ['db check', 'db-check'],
  ['token create alice --role user', 'new-token'],
  ['token list', 'token-list'],
  ['quota set alice 10de: 4', 'quota'],
  ['quota list', 'quota-list'],
  ['log', 'log'],
  ['db backup backup.db', 'db-backup'],
  ['db copy backup.db copy.db', 'db-copy'],
  ['plan cluster.json', 'plan'],
  ['prepare --root .', 'prepare'],
  ['probe pci', 'pci-inventory'],
  ['probe usb', 'usb-inventory'],
  ['probe usage', 'usage'],
  ['probe capacity', 'capacity'],
  ['probe host', 'host-report'],
  ['context list', 'context-list'],
  ['context show', 'context'],
  ['context use local', 'context'],
]

/**
 * What these print is not a document of a schema: nothing is left to show, or it is a schema, or it runs on. `doctor` and `agent` have tests of their own,
 * and so has what needs a server (elsewhere.test.ts).
 */
const WITHOUT = [
  ...['doctor', 'opennebula', 'host delete', 'template delete', 'schema', 'serve', 'demo'],
  ...['token revoke', 'token join', 'token revoke-host', 'quota delete'],
  // Of an agent: test/api/agents.test.ts.
  'host prepare',
  ...['agent run', 'agent join', 'agent status'],
  ...['context add', 'context delete', 'completion'],
]

let folder: string
let ajv: Ajv

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-documents-'))
  writeFileSync(join(folder, 'gpu.tmpl'), GPU)
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify(CLUSTER))
  ajv = new Ajv({
    strict: false,
    formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(COMMANDS)('berth %s --json prints a document of schema %s', async (command, name) => {
  const printed = await berth(folder, 'schema', name)
  const { status, stdout, stderr } = await berth(folder, ...command.split(' '), '--json')
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  const validate = ajv.compile({ ...JSON.parse(printed.stdout), $id: undefined })
  validate(JSON.parse(stdout))
  expect(validate.errors).toBeNull()
})

test.each([
  ['template delete gpu'],
  ['host delete other'],
  ['schema'],
  ['token revoke alice'],
  ['quota delete alice 10de:'],
])('berth %s --json prints one document too', async (command) => {
  const { status, stdout } = await berth(folder, ...command.split(' '), '--json')
  expect(status).toBe(0)
  expect(() => JSON.parse(stdout)).not.toThrow()
})

/** The machine that the tests run on need not be ready. */
test('berth doctor --json prints a document of schema readiness, and its exit status is its verdict', async () => {
  const printed = await berth(folder, 'schema', 'readiness')
  const { status, stdout } = await berth(folder, 'doctor', '--json')
  const validate = ajv.compile({ ...JSON.parse(printed.stdout), $id: undefined })
  const document = JSON.parse(stdout)
  validate(document)
  expect([validate.errors, status]).toEqual([null, document.ready ? 0 : 1])
})

test('no schema that is printed and no command that prints is left out', async () => {
  const read = [
    'agent-status',
    'cluster',
    'device-map',
    'host-errand',
    'join-token',
    'me',
    'problem',
    'readiness',
  ]
  expect([...new Set(COMMANDS.map(([, schema]) => schema)), ...read].sort()).toEqual(
    [...schemaNames()].sort(),
  )
  const covered = (command: string) =>
    [...COMMANDS.map(([words]) => words), ...WITHOUT].some((words) => `${words} `.startsWith(`${command} `))
  for (const { name } of GROUPS) {
    const { stdout } = await berth(folder, name, '--help')
    const commands =
      /\nCommands:\n([\s\S]*?)(?:\n\n|\n?$)/.exec(stdout)?.[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? []
    const leaves = [...commands]
      .map(([, leaf]) => `${name} ${leaf}`)
      .filter((leaf) => leaf !== `${name} help`)
    expect((leaves.length === 0 ? [name] : leaves).filter((leaf) => !covered(leaf))).toEqual([])
  }
})
