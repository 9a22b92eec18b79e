/** Two VMs want one device, and a guest that does not answer a shutdown keeps it until its grace time has ended. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:02:00.0'
const GRACE_SECONDS = 12

scenario('3 and 5: two VMs race for one device; the first does not answer a shutdown', (lab) => {
  let first: string
  let second: string

  beforeAll(async () => {
    await startService(lab)
    const pci = ['VENDOR = "8086", DEVICE = "10d3", SHORT_ADDRESS = "02:00.0"']
    const names = await createVms(lab, { name: 'race-1', pci }, { name: 'race-2', pci })
    first = names[0] ?? ''
    second = names[1] ?? ''
    await untilFacts(lab, 'one of them has it', ({ domains }) =>
      Object.values(domains).some((held) => held.includes(NIC)),
    )
  })

  test('one runs with the device, the other waits and says who has it', async () => {
    const found = await untilVms(lab, 'race-1 runs', (all) => all['race-1']?.state === 'RUNNING')
    expect(found['race-2']?.state).toBe('PENDING')
    const { domains } = await readFacts(lab)
    expect(domains).toEqual({ [first]: [NIC] })
    expect(await lab.berthJson('explain', 'race-2')).toMatchObject({
      reasons: [{ code: 'not-enough-free', message: expect.stringContaining(`VM ${found['race-1']?.id}`) }],
    })
  })

  test('during its grace time the guest keeps the device; then it is destroyed', async () => {
    const begun = await lab.output('date +%s')
    const [stopped] = await lab.berth(['vm', 'stop', 'race-1', '--grace', String(GRACE_SECONDS)])
    expect(stopped).toMatchObject({ status: 0 })
    const gone = await untilFacts(lab, `${first} is gone`, ({ domains }) => domains[first] === undefined)
    expect(Number(await lab.output('date +%s')) - Number(begun)).toBeGreaterThanOrEqual(GRACE_SECONDS)
    // At no time do two have it.
    expect(
      Object.values(gone.domains)
        .flat()
        .filter((address) => address === NIC).length,
    ).toBeLessThanOrEqual(1)
  })

  test('the second starts by itself, and the first is off', async () => {
    const facts = await untilFacts(
      lab,
      `${second} has it`,
      // libvirt lists the domain before it has bound what it passes.
      ({ domains, drivers }) => domains[second]?.includes(NIC) === true && drivers[NIC] === 'vfio-pci',
    )
    expect(facts.domains).toEqual({ [second]: [NIC] })
    const found = await untilVms(lab, 'race-2 runs', (all) => all['race-2']?.state === 'RUNNING')
    expect(found['race-1']?.state).toBe('POWEROFF')
  })

  test('the device returns to its driver when both are gone', async () => {
    await lab.berth(['vm', 'terminate', 'race-1'], ['vm', 'terminate', 'race-2', '--hard'])
    const facts = await untilFacts(lab, 'it is back', ({ drivers }) => drivers[NIC] === 'e1000e')
    expect([facts.domains, facts.vfio]).toEqual([{}, []])
    await untilVms(lab, 'both are done', (found) =>
      ['race-1', 'race-2'].every((name) => found[name]?.state === 'DONE'),
    )
  })
})
