/** `berth doctor`: the verdict first, what helps below each check that is not ok, and the exit status of the verdict. */
import { expect, test } from 'vitest'
import type { ReadinessDocument } from '../../src/view/documents.ts'
import { address } from '../scheduler/build.ts'
import { berth } from './berth.ts'

const NOT_READY: ReadinessDocument = {
  schema: 'berth.readiness/1',
  host: 'kvm-a',
  ready: false,
  checks: [
    { id: 'kvm', status: 'ok', required: false, evidence: '/dev/kvm is there', remedy: null },
    {
      id: 'iommu.dma-remapping',
      status: 'missing',
      required: true,
      evidence: 'none of the 3 PCI devices is in an IOMMU group',
      remedy: 'add intel_iommu=on',
    },
    { id: 'qemu', status: 'unknown', required: true, evidence: 'nothing to look into', remedy: null },
  ],
  devices: [
    {
      address: address('0000:3b:00.0'),
      type: '10de:20b0:0302',
      name: 'A100',
      driver: null,
      free: false,
      why: 'in no IOMMU group',
    },
  ],
}

const doctor = (document: ReadinessDocument, ...argv: string[]) =>
  berth(['doctor', ...argv], {}, { doctor: async () => document })

test('a host that is not ready: what is missing, why it matters, what to do; exit status 1', async () => {
  const { status, stdout } = await doctor(NOT_READY)
  expect([status, stdout]).toEqual([
    1,
    `READINESS OF kvm-a: not ready, missing iommu.dma-remapping

ok        kvm                        /dev/kvm is there
missing * iommu.dma-remapping        none of the 3 PCI devices is in an IOMMU group
          why: without it a device could write anywhere in the memory of the host, so none is given to a VM
          do:  add intel_iommu=on
unknown * qemu                       nothing to look into

DEVICES

ADDR         TYPE           DRIVER     TO GIVE NAME                 WHY NOT
0000:3b:00.0 10de:20b0:0302 -          no      A100                 in no IOMMU group
`,
  ])
})

test('a host that is ready as far as can be told says how far; exit status 0', async () => {
  const ready = {
    ...NOT_READY,
    ready: true,
    checks: NOT_READY.checks.filter(({ id }) => id !== 'iommu.dma-remapping'),
  }
  const { status, stdout } = await doctor(ready)
  expect([status, stdout.split('\n')[0]]).toEqual([
    0,
    'READINESS OF kvm-a: ready, as far as can be told: 1 of the required checks could not be made',
  ])
})

test('--json is the document as it stands', async () => {
  const { status, stdout } = await doctor(NOT_READY, '--json')
  expect([status, JSON.parse(stdout)]).toEqual([1, NOT_READY])
})

test('--root and --dmesg go where it looks', async () => {
  const seen: unknown[] = []
  const look = async (options: unknown) => {
    seen.push(options)
    return NOT_READY
  }
  await berth(['doctor', '--root', './tree', '--dmesg', 'log'], {}, { doctor: look })
  await berth(['doctor'], {}, { doctor: look })
  expect(seen).toEqual([
    { root: './tree', bootLog: 'log' },
    { root: '/', bootLog: null },
  ])
})
