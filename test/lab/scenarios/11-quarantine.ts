/** A device in and out of service on a real host: drained it is not given, undrained it is, and its history tells who had it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Facts, readFacts, untilFacts } from '../facts.ts'
import { type Lab, scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms } from '../templates.ts'

const NIC = '0000:02:00.0'
/** Two functions in one group: a quarantine of the one keeps the other from being given. */
const EDU = '0000:00:06.0'
const MATE = '0000:00:06.1'

interface Line {
  readonly event: string
  readonly vm: number | null
  readonly what: string
}

scenario('11: a device is drained, given again, quarantined and cleared', (lab) => {
  let before: Facts
  let domain: string
  let id: number
  /** Scenarios before this one may have left lines. */
  let known: number

  beforeAll(async () => {
    await startService(lab)
    before = await readFacts(lab)
    known = (await history(lab, NIC)).length
    await must(lab, 'device', 'drain', HOST, NIC, '--reason', 'cable to be changed')
    ;[domain = ''] = await createVms(lab, { name: 'spare', pci: ['SHORT_ADDRESS = "02:00.0"'] })
    id = Number(domain.replace('berth-', ''))
  })

  afterAll(async () => {
    await lab.berth(
      ...['spare', 'mate'].map((name) => ['vm', 'terminate', name, '--hard']),
      ['device', 'undrain', HOST, NIC],
      ['device', 'clear', HOST, EDU],
    )
  })

  test('drained, it is not given: the VM waits and says why, and nothing is touched', async () => {
    const found = await untilVms(lab, 'it says why', ({ spare }) => (spare?.message ?? '') !== '')
    expect(found.spare).toMatchObject({ state: 'PENDING', devices: [] })
    const [explained] = await lab.berth(['explain', 'spare'])
    expect(explained?.stdout).toContain('drained')
    expect(await lab.berthJson('device', 'show', HOST, NIC)).toMatchObject({
      ...{ state: 'drained', why: 'drained: cable to be changed' },
    })
    expect(await readFacts(lab)).toEqual(before)
  })

  test('undrained, the VM that waited for it starts with it', async () => {
    await must(lab, 'device', 'undrain', HOST, NIC)
    // libvirt lists the domain before it has bound what it passes.
    await untilFacts(
      lab,
      'it has it',
      ({ domains, drivers }) => domains[domain]?.includes(NIC) === true && drivers[NIC] === 'vfio-pci',
    )
    await untilVms(lab, 'it runs', ({ spare }) => spare?.state === 'RUNNING')
  })

  test('drained under the VM, it stays with it', async () => {
    await must(lab, 'device', 'drain', HOST, NIC)
    expect(await lab.berthJson('device', 'show', HOST, NIC)).toMatchObject({
      ...{ state: 'attached', health: 'drained', vm: id },
    })
    expect((await readFacts(lab)).domains).toEqual({ [domain]: [NIC] })
    await must(lab, 'device', 'undrain', HOST, NIC)
  })

  test('given back it is verified, on its driver, and trusted', async () => {
    await must(lab, 'vm', 'terminate', 'spare', '--hard')
    const facts = await untilFacts(
      lab,
      'it is back',
      ({ drivers, vfio }) => drivers[NIC] === before.drivers[NIC] && vfio.length === 0,
    )
    await untilVms(lab, 'it is done', ({ spare }) => spare?.state === 'DONE')
    expect(facts.domains).toEqual({})
    // Read past Berth: the vendor id in its configuration space.
    expect(await lab.output(`od -An -tx2 -N2 /sys/bus/pci/devices/${NIC}/config`)).toContain('8086')
    expect(await lab.berthJson('device', 'show', HOST, NIC)).toMatchObject({ state: 'free', health: 'ok' })
  })

  test('its history tells all of it', async () => {
    const lines = (await history(lab, NIC)).slice(known)
    expect(lines.map(({ event }) => event)).toEqual([
      ...['drained', 'undrained', 'claimed', 'drained', 'undrained', 'released'],
    ])
    expect(lines[0]?.what).toContain('cable to be changed')
    expect(lines.filter(({ vm }) => vm === id).map(({ event }) => event)).toEqual(['claimed', 'released'])
    const [shown] = await lab.berth(['device', 'history', HOST, NIC])
    expect(shown?.stdout).toContain(`passed to VM ${id}`)
  })

  test('a quarantined function keeps its whole group from being given, until it is cleared', async () => {
    const groups = (await readFacts(lab)).groups
    expect(groups[MATE]).toBe(groups[EDU])
    await must(lab, 'device', 'quarantine', HOST, EDU, '--reason', 'falls off the bus')
    const [mateDomain = ''] = await createVms(lab, { name: 'mate', pci: [`ADDRESS = "${MATE}"`] })
    const found = await untilVms(lab, 'it says why', ({ mate }) => (mate?.message ?? '') !== '')
    expect(found.mate).toMatchObject({ state: 'PENDING' })
    const [explained] = await lab.berth(['explain', 'mate'])
    expect(explained?.stdout).toContain('quarantined')
    expect((await readFacts(lab)).domains).toEqual({})
    await must(lab, 'device', 'clear', HOST, EDU)
    const facts = await untilFacts(
      lab,
      'it has it',
      ({ domains }) => domains[mateDomain]?.includes(MATE) === true,
    )
    expect(facts.domains).toEqual({ [mateDomain]: [MATE] })
    await must(lab, 'vm', 'terminate', 'mate', '--hard')
    const after = await untilFacts(lab, 'it is back', ({ vfio }) => vfio.length === 0)
    expect(after.drivers).toEqual(before.drivers)
  })

  test('what cannot be asked is refused in one line, and the database is sound', async () => {
    const [clear, unknown, check] = await lab.berth(
      ['device', 'clear', HOST, EDU],
      ['device', 'drain', HOST, '77:00.0'],
      ['db', 'check'],
    )
    expect(clear).toMatchObject({ status: 1, stdout: '' })
    expect(clear?.stderr).toContain('possible: drain, quarantine')
    expect(unknown).toMatchObject({ status: 1, stdout: '' })
    expect(check).toMatchObject({ status: 0 })
  })
})

async function must(lab: Lab, ...command: readonly string[]): Promise<void> {
  const [result] = await lab.berth(command)
  expect(result).toMatchObject({ status: 0 })
}

async function history(lab: Lab, address: string): Promise<readonly Line[]> {
  const shown = (await lab.berthJson('device', 'history', HOST, address)) as {
    readonly history: readonly Line[]
  }
  return shown.history
}
