/** What operators ask of one device, from the button to the database. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { DeviceView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

describePage('one device', (berths) => {
  const device = (host: string, address: string) =>
    berths.ask<DeviceView>('GET', `/v1/hosts/${host}/devices/${address}`)

  async function opened(host: string, address: string): Promise<{ page: Page; panel: Locator }> {
    const page = await berths.open(`/hosts/${host}/pci?device=${address}`)
    const panel = page.getByRole('complementary')
    await panel.getByText('State').first().waitFor()
    return { page, panel }
  }

  /** The window that a button of the panel opens. */
  async function asking(page: Page, panel: Locator, button: string): Promise<Locator> {
    await panel.getByRole('button', { name: button, exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    return dialog
  }

  test('drained with a reason, and back: announced, in its state and in its history', async () => {
    const { page, panel } = await opened('nic-1', '01:00.2')
    const drain = await asking(page, panel, 'Drain')
    await drain.getByLabel('Reason').fill('new firmware <b>tonight</b>')
    expect(await violations(page)).toEqual([])
    await drain.getByRole('button', { name: 'Drain' }).click()
    await page.getByText('0000:01:00.2 of nic-1 is drained').first().waitFor()
    await panel.getByText('by an operator: new firmware <b>tonight</b>').waitFor()
    expect(await device('nic-1', '01:00.2')).toMatchObject({
      state: 'drained',
      healthReason: 'new firmware <b>tonight</b>',
    })
    const undrain = await asking(page, panel, 'Undrain')
    await undrain.getByRole('button', { name: 'Undrain' }).click()
    await panel.getByRole('button', { name: 'Drain', exact: true }).waitFor()
    expect(await device('nic-1', '01:00.2')).toMatchObject({ state: 'free', health: 'ok' })
  })

  test('quarantined only with a reason; its group mates, which are named, are not given either', async () => {
    const { page, panel } = await opened('render-1', '21:00.0')
    const quarantine = await asking(page, panel, 'Quarantine')
    await quarantine.getByText('0000:21:00.1').waitFor()
    const button = quarantine.getByRole('button', { name: 'Quarantine' })
    expect(await button.isEnabled()).toBe(false)
    await quarantine.getByLabel('Reason').fill('falls off the bus')
    await button.click()
    await panel.getByText('quarantined: falls off the bus').first().waitFor()
    expect(await device('render-1', '21:00.1')).toMatchObject({ state: 'unassignable' })
    const clear = await asking(page, panel, 'Clear the quarantine')
    await clear.getByRole('button', { name: 'Clear' }).click()
    await panel.getByRole('button', { name: 'Quarantine' }).waitFor()
    expect(await device('render-1', '21:00.1')).toMatchObject({ state: 'free' })
  })

  test('what a VM has is said to be its own: drained it stays there, unbound it is not', async () => {
    const { page, panel } = await opened('render-1', '81:00.0')
    const drain = await asking(page, panel, 'Drain')
    await drain.getByText('VM 1 (gpu) has it, and keeps it').waitFor()
    await drain.getByRole('button', { name: 'Cancel' }).click()
    const unbind = await asking(page, panel, 'Unbind')
    await unbind.getByText('VM 1 has it: stop that VM first').waitFor()
    expect(await unbind.getByRole('button', { name: 'Unbind' }).isEnabled()).toBe(false)
  })

  test('a refusal of the API is shown whole, and the window stays', async () => {
    const { page, panel } = await opened('render-1', '61:00.0')
    const drain = await asking(page, panel, 'Drain')
    await berths.ask('POST', '/v1/hosts/render-1/devices/61:00.0/quarantine', { reason: 'burnt' })
    await drain.getByRole('button', { name: 'Drain' }).click()
    await drain
      .getByText(
        'device 0000:61:00.0 of host render-1 is quarantined (burnt), so it cannot be drained; possible: clear',
      )
      .waitFor()
    expect(await violations(page)).toEqual([])
    await berths.ask('POST', '/v1/hosts/render-1/devices/61:00.0/clear')
  })

  test('bound to vfio-pci, with what the host loses by name, and given back', async () => {
    const { page, panel } = await opened('nic-1', 'd8:00.1')
    const { driver, networkInterfaces } = await device('nic-1', 'd8:00.1')
    const bind = await asking(page, panel, 'Bind to vfio-pci')
    await bind.getByText(networkInterfaces.join(' ')).waitFor()
    await bind.getByRole('button', { name: 'Bind' }).click()
    await page.getByText('0000:d8:00.1 of nic-1 is now on vfio-pci').first().waitFor()
    expect(await device('nic-1', 'd8:00.1')).toMatchObject({ driver: 'vfio-pci' })
    const unbind = await asking(page, panel, 'Unbind')
    await unbind.getByRole('button', { name: 'Unbind' }).click()
    await page.getByText(`0000:d8:00.1 of nic-1 is now on ${driver}`).first().waitFor()
    expect(await device('nic-1', 'd8:00.1')).toMatchObject({ driver })
  })

  test('reserved for VMs: not unbound before that is taken back', async () => {
    const { page, panel } = await opened('nic-1', '01:00.3')
    const reserve = await asking(page, panel, 'Reserve')
    await reserve.getByRole('button', { name: 'Reserve' }).click()
    await panel.getByText('yes, kept on vfio-pci').waitFor()
    expect(await device('nic-1', '01:00.3')).toMatchObject({ reserved: true, driver: 'vfio-pci' })
    const unbind = await asking(page, panel, 'Unbind')
    await unbind.getByText('It is reserved for VMs: take that back first').waitFor()
    await unbind.getByRole('button', { name: 'Cancel' }).click()
    const back = await asking(page, panel, 'Take back the reservation')
    await back.getByRole('button', { name: 'Take back' }).click()
    await panel.getByRole('button', { name: 'Reserve', exact: true }).waitFor()
    expect(await device('nic-1', '01:00.3')).toMatchObject({ reserved: false, driver: 'vfio-pci' })
  })

  test('allowed although the host uses it, whose use is told, and not allowed any more', async () => {
    const { page, panel } = await opened('gpu-1', 'e1:00.0')
    const allow = await asking(page, panel, 'Allow although the host uses it')
    await allow.getByText('bridge: enp225s0f0: is a port of br0').waitFor()
    await allow.getByRole('button', { name: 'Allow' }).click()
    await panel.getByText('yes, an operator lets it be given all the same').waitFor()
    expect(await device('gpu-1', 'e1:00.0')).toMatchObject({ state: 'free', allowed: true })
    const disallow = await asking(page, panel, 'Do not allow')
    await disallow.getByRole('button', { name: 'Do not allow' }).click()
    await panel.getByRole('button', { name: 'Allow although the host uses it' }).waitFor()
    expect(await device('gpu-1', 'e1:00.0')).toMatchObject({ state: 'unassignable', allowed: false })
  })

  test('virtual functions: those of VMs are not taken away, others are made anew', async () => {
    const { page, panel } = await opened('nic-1', '3b:00.0')
    const held = await asking(page, panel, 'Set virtual functions')
    await held.getByRole('spinbutton').fill('4')
    await held.getByText('It would be refused: VM 4 has 0000:3b:01.0, 0000:3b:01.1').waitFor()
    expect(await held.getByRole('button', { name: 'Set', exact: true }).isEnabled()).toBe(false)
    expect(await violations(page)).toEqual([])
    await page.goto(`${berths.url}/hosts/nic-1/pci?device=d8:00.0`)
    const set = await asking(page, panel, 'Set virtual functions')
    await set.getByRole('spinbutton').fill('129')
    expect(await set.getByRole('button', { name: 'Set', exact: true }).isEnabled()).toBe(false)
    await set.getByRole('spinbutton').fill('3')
    await set.getByRole('button', { name: 'Set', exact: true }).click()
    await page.getByText('0000:d8:00.0 of nic-1 has 3 virtual functions').first().waitFor()
    expect(await device('nic-1', 'd8:00.0')).toMatchObject({ numVfs: 3, wantedVfs: 3 })
    await panel.getByText('3 of 128, 3 wanted').waitFor()
  })

  test('who may only look is offered nothing', async () => {
    const page = await berths.open('/hosts/nic-1/pci?device=3b:00.0', { role: 'viewer' })
    const panel = page.getByRole('complementary')
    await panel.getByText('Hardware').waitFor()
    expect(await panel.getByRole('button').allTextContents()).toEqual([''])
    expect(await page.getByRole('button', { name: 'Disable' }).count()).toBe(0)
  })
})
