/** Every finding in words that name what it is about. */
import { expect, test } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import { diagnosisView } from '../../src/view/diagnosis.ts'
import { addressOf } from './build.ts'

const A = addressOf('0000:3b:00.1')
const MANY = [1, 2, 3, 4, 5, 6].map((slot) => addressOf(`0000:3c:0${slot}.0`))
const isolated = { code: 'not-isolated', group: 12, mates: [A] } as const

test.each<[Finding, string, readonly string[]]>([
  [{ code: 'msix-overlap', bar: 4 }, 'warning', ['BAR 4', 'x-msix-relocation']],
  [
    { code: 'msix-outside-bar', part: 'table', bar: 0, end: 8544, size: 4096 },
    'warning',
    ['table ends at byte 8544', 'BAR 0 has 4096'],
  ],
  [
    { code: 'msix-outside-bar', part: 'pending bits', bar: 7, end: 8, size: 0 },
    'warning',
    ['pending bits end at byte 8', 'BAR 7 is not there'],
  ],
  [{ code: 'no-reset' }, 'warning', ['no way to reset']],
  [{ code: 'no-function-reset', methods: [], others: [] }, 'note', ['some other way']],
  [
    { code: 'no-function-reset', methods: ['pm', 'bus'], others: [] },
    'note',
    ['by power management (D3hot and back), else by a reset of its bus'],
  ],
  [
    { code: 'no-function-reset', methods: ['bus', 'cxl_bus'], others: [A] },
    'warning',
    ['resets it by a reset of its bus, which 3b:00.1 would go through too'],
  ],
  [{ ...isolated, cause: { kind: 'bridge', bridge: A } }, 'warning', ['group 12', '3b:00.1 above it', 'ACS']],
  [
    { ...isolated, cause: { kind: 'conventional', bridge: A } },
    'warning',
    ['conventional PCI bus, behind 3b:00.1'],
  ],
  [{ ...isolated, cause: { kind: 'functions' } }, 'note', ['functions of one card']],
  [{ ...isolated, mates: MANY, cause: { kind: 'unknown' } }, 'warning', ['3c:04.0 and 2 more too']],
  [{ code: 'shared-interrupt', irq: 20, others: [A] }, 'warning', ['line 20 with 3b:00.1']],
  [{ code: 'reserved-memory' }, 'warning', ['RMRR', 'no VM']],
  [{ code: 'no-rom' }, 'note', ['no ROM']],
])('%j is a %s', (finding, level, words) => {
  const view = diagnosisView(finding)
  expect(view).toMatchObject({ code: finding.code, level })
  for (const part of words) expect(view.message).toContain(part)
  expect(view.message).not.toMatch(/\.$|undefined|null/)
})
