import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/model/address.ts'
import { FIRST_COPY, type Obstacle, type Refusal, type RequestShortage } from '../../src/model/refusal.ts'
import { obstacleMessage, refusalMessage, waitingMessage } from '../../src/view/refusal.ts'

const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}
const gpu = address('3b:00.0')
const audio = address('3b:00.1')

const short = (facts: Partial<RequestShortage> = {}): RequestShortage => ({
  request: 0,
  wanted: 2,
  free: 1,
  fitting: 4,
  heldBy: [],
  example: null,
  ...facts,
})

describe('a refusal names what a person can act on', () => {
  const rows: [Refusal, string[]][] = [
    [{ code: 'host-state', state: 'off' }, ['off']],
    [{ code: 'host-state', state: 'disabled' }, ['disabled', 'berth host enable']],
    [{ code: 'host-state', state: 'unknown' }, ['unknown', 'probed']],
    [{ code: 'other-host' }, ['another host']],
    [{ code: 'not-ready' }, ['IOMMU group']],
    [{ code: 'requirements' }, ['SCHED_REQUIREMENTS']],
    [{ code: 'cpu', wanted: 450, free: 50 }, ['wants 4.5 cores', '0.5 free']],
    [{ code: 'cpu', wanted: 100, free: -50 }, ['wants 1 core, 0 free']],
    [{ code: 'memory', wanted: 8192, free: 4096 }, ['wants 8192 MiB', '4096 MiB free']],
    [{ code: 'no-such-device', ...short({ request: 3, fitting: 0, free: 0 }) }, ['PCI 3', 'no such device']],
    [
      { code: 'not-enough-free', ...short({ heldBy: [3, 5] }) },
      ['wants 2', '1 of 4 free', 'held by VMs 3, 5'],
    ],
    [{ code: 'not-enough-free', ...short({ heldBy: [3] }) }, ['held by VM 3']],
    [
      { code: 'not-enough-free', ...short({ heldBy: [3, 5, FIRST_COPY, FIRST_COPY + 1] }) },
      ['held by VMs 3, 5 and copies of it'],
    ],
    [{ code: 'not-enough-free', ...short({ heldBy: [FIRST_COPY + 2] }) }, ['held by copies of it']],
    [{ code: 'not-enough-free', ...short({ heldBy: [1, 2, 3, 4, 5, 6, 7, 8, 9] }) }, ['7, 8 and others']],
    [
      {
        code: 'group-not-viable',
        ...short({
          example: {
            address: gpu,
            obstacle: { code: 'group-not-viable', group: 12, mate: audio, why: { code: 'in-use-by-host' } },
          },
        }),
      },
      ['0000:3b:00.0', 'group 12', '0000:3b:00.1 in it is in use by the host'],
    ],
    [
      {
        code: 'in-use-by-host',
        ...short({ example: { address: gpu, obstacle: { code: 'in-use-by-host' } } }),
      },
      ['0000:3b:00.0: in use by the host'],
    ],
    [
      {
        code: 'pf-has-vfs',
        ...short({ example: { address: gpu, obstacle: { code: 'pf-has-vfs', vf: audio } } }),
      },
      ['0000:3b:00.1'],
    ],
    [{ code: 'no-iommu-group', ...short() }, ['1 of 4 free']],
    [{ code: 'device-out-of-service', ...short() }, ['1 of 4 free']],
    [{ code: 'never-assignable', ...short() }, ['1 of 4 free']],
    [{ code: 'functions', ...short() }, ['wants 2 whole slots']],
    [{ code: 'combination', wanted: 3, free: 2 }, ['3 devices', 'at most 2']],
    [{ code: 'combination', wanted: 2, free: 2 }, ['what one takes, another needs']],
    [{ code: 'numa' }, ['NUMA node', 'PCI_NUMA_POLICY']],
    [{ code: 'search-limit' }, ['limit', 'FUNCTIONS']],
  ]
  test.each(rows.map(([refusal, words]) => ({ code: refusal.code, refusal, words })))(
    '$code',
    ({ refusal, words }) => {
      const message = refusalMessage(refusal)
      for (const word of words) expect(message).toContain(word)
      expect(message).not.toMatch(/[.\n]$|undefined|NaN/)
    },
  )
})

test('eight holders are all named, and no others are hinted at', () => {
  const eight = [1, 2, 3, 4, 5, 6, 7, 8]
  const message = refusalMessage({
    code: 'not-enough-free',
    ...short({ fitting: 8, free: 0, heldBy: eight }),
  })
  expect(message).toBe('PCI 0: wants 2, 0 of 8 free; held by VMs 1, 2, 3, 4, 5, 6, 7, 8')
})

describe('an obstacle follows its address', () => {
  const rows: [Obstacle, string][] = [
    [{ code: 'not-offered' }, 'filter'],
    [{ code: 'bridge' }, 'bridge'],
    [{ code: 'chipset' }, 'chipset'],
    [{ code: 'in-use-by-host' }, 'in use by the host'],
    [{ code: 'drained' }, 'drained'],
    [{ code: 'quarantined' }, 'quarantined'],
    [{ code: 'claimed', vm: 7 }, 'VM 7'],
    [{ code: 'pf-has-vfs', vf: audio }, '0000:3b:00.1'],
    [{ code: 'parent-claimed', parent: gpu, vm: 7 }, '0000:3b:00.0, which VM 7'],
    [{ code: 'no-iommu-group' }, 'no IOMMU group'],
    [
      { code: 'group-not-viable', group: 1, mate: audio, why: { code: 'claimed', vm: 7 } },
      '0000:3b:00.1 in it is claimed by VM 7',
    ],
    [
      { code: 'group-not-viable', group: 1, mate: audio, why: { code: 'quarantined' } },
      '0000:3b:00.1 in it is quarantined',
    ],
    [{ code: 'group-not-viable', group: 1, mate: audio, why: { code: 'pf-has-vfs' } }, 'virtual functions'],
  ]
  test.each(rows.map(([obstacle, words]) => ({ code: obstacle.code, obstacle, words })))(
    '$code: $words',
    ({ obstacle, words }) => {
      expect(obstacleMessage(obstacle)).toContain(words)
    },
  )
})

describe('the sum over hosts is one short line', () => {
  const cpu: Refusal = { code: 'cpu', wanted: 100, free: 0 }
  const gone: Refusal = { code: 'not-enough-free', ...short() }
  test.each([
    ['no reasons', [], 2, 'Cannot dispatch VM: none of 2 hosts can take it'],
    ['no hosts', [], 0, 'Cannot dispatch VM: there are no hosts'],
    [
      'one host',
      [{ hosts: [4], refusal: cpu }],
      1,
      'Cannot dispatch VM: the only host cannot take it: not enough CPU',
    ],
    [
      'one reason',
      [{ hosts: [0, 1], refusal: gone }],
      2,
      'Cannot dispatch VM: none of 2 hosts can take it: not enough free PCI devices',
    ],
    [
      'the most frequent reason first, equal facts or not',
      [
        { hosts: [0], refusal: cpu },
        { hosts: [1, 2], refusal: gone },
        { hosts: [3], refusal: { ...gone, free: 0 } },
      ],
      4,
      'Cannot dispatch VM: none of 4 hosts can take it: not enough free PCI devices (3), not enough CPU (1)',
    ],
    [
      'equally frequent ones in the order of checking',
      [
        { hosts: [0], refusal: gone },
        { hosts: [1], refusal: cpu },
      ],
      2,
      'Cannot dispatch VM: none of 2 hosts can take it: not enough CPU (1), not enough free PCI devices (1)',
    ],
  ] satisfies [string, { hosts: number[]; refusal: Refusal }[], number, string][])(
    '%s',
    (_title, refusals, hostCount, expected) => {
      expect(waitingMessage({ refusals }, hostCount)).toBe(expected)
    },
  )
})
