/** Berth is killed between any two steps of a deploy and of a release, and started again: it converges, and the host is whole in between. */
import { beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { cycles, killAtLine, killWhen, letLeasesRunOut, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const RTL = '0000:0b:01.0'
const MATE = '0000:0b:02.0'

type Moment = { readonly line: string } | { readonly condition: string }

/** The steps of deploy.ts: check, write down, bind, create, verify. */
const DEPLOY: readonly (readonly [string, Moment])[] = [
  ['while it checks', { line: 'checking that the promised devices are there and free' }],
  ['the drivers written down, while it binds the mate', { line: `binding group mate ${MATE} to vfio-pci` }],
  ['the mate bound, while libvirt creates', { line: 'creating berth-' }],
  ['the domain there, before it is verified', { condition: 'virsh list --name | grep -q berth-' }],
]

/** The steps of release.ts: ask, end, bring back each device, say so. */
const RELEASE: readonly (readonly [string, Moment])[] = [
  ['while it asks the guest to end', { line: 'asking berth-' }],
  ['while it destroys the domain', { line: 'destroying berth-' }],
  ['the domain gone, before anything is back', { condition: '! virsh list --name | grep -q berth-' }],
  ['while it brings the mate back', { line: `${MATE} back to 8139cp` }],
  ['when the last device is back', { line: 'back to no driver' }],
]

scenario('6: Berth is killed between the steps and started again', (lab) => {
  let before: Facts
  let domain: string

  beforeAll(async () => {
    await startService(lab)
    before = await readFacts(lab)
  })

  const killedAt = (moment: Moment) =>
    'line' in moment ? killAtLine(lab, moment.line) : killWhen(lab, moment.condition)

  /** A device is with one VM at most. Between its unbind and its probe it has no driver, until Berth is back. */
  const assertWhole = async () => {
    const { domains, drivers } = await readFacts(lab)
    const held = Object.values(domains).flat()
    expect(new Set(held).size).toBe(held.length)
    expect(Object.keys(domains).filter((name) => name !== domain)).toEqual([])
    return { domains, drivers: [drivers[RTL], drivers[MATE]] }
  }

  test.each(DEPLOY)('killed during a deploy, %s', async (_, moment) => {
    const killed = killedAt(moment)
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
    expect(await assertWhole()).toEqual({ domains: { [domain]: [RTL] }, drivers: ['vfio-pci', 'vfio-pci'] })
    // The service is up again, so that the stop below is its to carry out.
    await cycles(lab, 1)
  })

  test.each(RELEASE)('killed during a release, %s', async (_, moment) => {
    const killed = killedAt(moment)
    // The guest does not answer, so the grace time passes first.
    if (moment === RELEASE[0]?.[1]) await lab.berth(['vm', 'stop', 'killed', '--grace', '5'])
    await killed
    await assertWhole()
    await letLeasesRunOut(lab)
    await startService(lab)
  })

  test('it ends, and every device is back on its driver', async () => {
    await untilVms(lab, 'it is off', ({ killed }) => killed?.state === 'POWEROFF')
    const after = await untilFacts(lab, 'no group is open', ({ vfio }) => vfio.length === 0)
    expect(after.domains).toEqual({})
    expect(after.drivers).toEqual(before.drivers)
    await lab.berth(['vm', 'terminate', 'killed'])
    const [check, drift] = await lab.berth(['db', 'check'], ['drift'])
    expect([check, drift]).toMatchObject([{ status: 0 }, { status: 0 }])
  })
})
