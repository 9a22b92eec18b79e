/** A card is plugged in, given to a VM, and pulled while the VM has it. */
import { beforeAll, expect, test } from 'vitest'
import { readFacts, untilFacts } from '../facts.ts'
import { scenario } from '../lab.ts'
import { HOST, startService, untilVms } from '../service.ts'
import { createVms, untilGuestUp } from '../templates.ts'

const CARD = '0000:0c:00.0'

scenario('8: a card is plugged in and pulled while the host runs', (lab) => {
  let domain: string

  beforeAll(() => startService(lab))

  test('plugged in, it is offered, and a VM that waited for it gets it', async () => {
    ;[domain = ''] = await createVms(lab, { name: 'plugged', pci: ['SHORT_ADDRESS = "0c:00.0"'] })
    expect(
      await lab.hardware('device_add e1000e,bus=port11,id=card,mac=52:54:00:00:00:0c,romfile='),
    ).not.toContain('Error')
    const facts = await untilFacts(
      lab,
      'the VM has it',
      // libvirt lists the domain before it has bound what it passes.
      ({ domains, drivers }) => domains[domain]?.includes(CARD) === true && drivers[CARD] === 'vfio-pci',
    )
    expect(facts.vfio).toEqual([facts.groups[CARD]])
    await untilVms(lab, 'it runs', ({ plugged }) => plugged?.state === 'RUNNING')
    // The guest must be up to let go of it.
    await untilGuestUp(lab, 'plugged')
  })

  test('pulled, it is shown as missing and stays the VM’s', async () => {
    await lab.hardware('device_del card')
    await untilFacts(lab, 'the kernel has it no more', ({ drivers }) => !(CARD in drivers))
    const device = async () => await lab.berthJson('device', 'show', HOST, CARD)
    const end = Date.now() + 120_000
    let shown = await device()
    while (JSON.stringify(shown).includes('"missing"') === false && Date.now() < end) shown = await device()
    const found = await untilVms(lab, 'it is there', ({ plugged }) => plugged !== undefined)
    expect(shown).toMatchObject({ state: 'missing', vm: found.plugged?.id })
  })

  test('the VM ends all the same, and nothing is left of it', async () => {
    await lab.berth(['vm', 'terminate', 'plugged', '--hard'])
    await untilVms(lab, 'it is done', ({ plugged }) => plugged?.state === 'DONE')
    const facts = await readFacts(lab)
    expect([facts.domains, facts.vfio]).toEqual([{}, []])
    const [check] = await lab.berth(['db', 'check'])
    expect(check).toMatchObject({ status: 0 })
  })
})
