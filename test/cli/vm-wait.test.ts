/** `berth vm wait`: one long question after the other, until there, hopeless or too late. */
import { expect, test } from 'vitest'
import { refuse, berth as run } from './berth.ts'

const vm = (state: string, history: readonly string[] = []) => ({
  ...{ id: 5, name: 'gpu', state, hostName: null, message: null },
  history: history.map((what) => ({ at: '2026-11-21T12:00:00.000Z', what })),
})

const berth = (argv: readonly string[], ports: Parameters<typeof run>[2] = {}) =>
  run(argv, {}, { pause: async () => true, ...ports })

/** Answers waits one after the other; `known` is what the VM is before. */
function waits(answers: readonly unknown[], known = vm('PENDING')) {
  const paths: string[] = []
  const left = [...answers]
  const request = async (_: string, path: string) => {
    paths.push(path)
    if (!path.includes('/wait?')) return { status: 200, body: known }
    const next = left.length > 1 ? left.shift() : left[0]
    return typeof next === 'object' && next !== null && 'status' in next
      ? (next as ReturnType<typeof refuse>)
      : { status: 200, body: next }
  }
  return { request, paths }
}

test('asks again until the VM is there, and says so', async () => {
  const { request, paths } = waits([
    { reached: false, for: 'RUNNING', vm: vm('PENDING') },
    { reached: true, for: 'RUNNING', vm: vm('RUNNING') },
  ])
  const { status, stdout, stderr } = await berth(['vm', 'wait', 'gpu', '--for', 'running'], { request })
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'VM 5 (gpu): RUNNING\n',
    stderr: 'VM 5 (gpu): PENDING\nVM 5 (gpu): RUNNING\n',
  })
  const question = '/v1/vms/5/wait?for=RUNNING&timeout=20.000&seen=0'
  expect(paths).toEqual(['/v1/vms/gpu', question, question])
})

test('tells the steps that it has not seen, each once', async () => {
  const { request, paths } = waits(
    [
      { reached: false, for: 'RUNNING', vm: vm('BOOT', ['created', 'BOOT on kvm-a']) },
      { reached: true, for: 'RUNNING', vm: vm('RUNNING', ['created', 'BOOT on kvm-a', 'RUNNING']) },
    ],
    vm('PENDING', ['created']),
  )
  const outcome = await berth(['vm', 'wait', 'gpu', '--for', 'running'], { request })
  expect(outcome.stderr).toBe(`VM 5 (gpu): PENDING
VM 5 (gpu): BOOT on kvm-a
VM 5 (gpu): RUNNING
`)
  expect(paths.map((path) => /seen=(\d+)/.exec(path)?.[1])).toEqual([undefined, '1', '2'])
})

test('gives up when the time is over, and says how the VM stands', async () => {
  const { request } = waits([{ reached: false, for: 'RUNNING', vm: vm('PENDING') }])
  const argv = ['vm', 'wait', 'gpu', '--for', 'running', '--timeout', '0']
  expect(await berth(argv, { request })).toMatchObject({
    ...{ status: 1, stdout: '' },
    stderr: 'VM 5 (gpu): PENDING\nberth: not RUNNING after 0 s: VM 5 (gpu): PENDING\n',
  })
})

test('does not wait for what cannot come', async () => {
  const { request } = waits([refuse(409, 'VM 5 (gpu) is DONE and does not become RUNNING by itself')])
  const { status, stderr } = await berth(['vm', 'wait', 'gpu', '--for', 'running'], { request })
  expect([status, stderr]).toEqual([
    1,
    'VM 5 (gpu): PENDING\nberth: VM 5 (gpu) is DONE and does not become RUNNING by itself\n',
  ])
})

test.each(['vm wait gpu', 'vm wait gpu --for flying', 'vm wait gpu --for done --timeout soon'])(
  '%s is wrong usage',
  async (line) => {
    expect((await berth(line.split(' '))).status).toBe(2)
  },
)
