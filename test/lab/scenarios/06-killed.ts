/** Berth is killed at each step of a deploy and of a release, and started again: it converges, and the host is whole in between. */
import { beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { killAtLine, letLeasesRunOut, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'

scenario('6: Berth is killed between the steps and started again', (lab) => {
  let before: Facts
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    before = await readFacts(lab)
  })

  /** A device is with one VM at most, and neither half of the group is left without any driver. */
  const assertWhole = async () => {
    const { domains, drivers } = await readFacts(lab)
    const held = Object.values(domains).flat()
    expect(new Set(held).size).toBe(held.length)
    for (const address of [RTL, MATE]) expect(['8139cp', 'vfio-pci']).toContain(drivers[address])
    return domains
  }

  test.each([
    'checking that the promised devices are there and free',
    'binding group mate 0000:0b:02.0 to vfio-pci',
    'creating berth-',
  ])('killed at a deploy step: "%s"', async (line) => {
    const killed = killAtLine(lab, line)
    if (domain === undefined)
      [domain = ''] = await createVms(lab, {
        name: 'killed',
        pci: ['VENDOR = "10ec", SHORT_ADDRESS = "0b:01.0"'],
      })
    await killed
    await assertWhole()
    await letLeasesRunOut(lab)
    await startService(lab)
  })

  test('it runs in the end, once, with its device', async () => {
    await untilVms(lab, 'it runs', ({ killed }) => killed?.state === 'RUNNING')
    expect(await assertWhole()).toEqual({ [domain]: [RTL] })
  })

  test.each(['destroying berth-', 'back to 8139cp'])('killed at a release step: "%s"', async (line) => {
    const killed = killAtLine(lab, line)
    if (line.startsWith('destroying')) await lab.berth(['vm', 'terminate', 'killed', '--hard'])
    await killed
    const { domains } = await readFacts(lab)
    expect(Object.keys(domains).filter((name) => name !== domain)).toEqual([])
    await letLeasesRunOut(lab)
    await startService(lab)
  })

  test('it ends, and every device is back on its driver', async () => {
    await untilVms(lab, 'it is done', ({ killed }) => killed?.state === 'DONE')
    const after = await untilFacts(lab, 'no group is open', ({ vfio }) => vfio.length === 0)
    expect(after.domains).toEqual({})
    expect(after.drivers).toEqual(before.drivers)
    const [check] = await lab.berth(['db', 'check'])
    expect(check).toMatchObject({ status: 0 })
  })
})
