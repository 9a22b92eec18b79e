/** Devices attached to a VM and detached from it on the page, while it runs and while it does not. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { VmView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

async function choose(page: Page, label: string, words: string): Promise<void> {
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `${label}:` })
    .click()
  await page.getByLabel(`Search: ${label}`).fill(words)
  await page.getByRole('option', { name: words }).first().click()
}

/** A guest may take its time. */
const PATIENT = { timeout: 20_000 }

describePage("a VM's devices", (berths) => {
  const vm = (name: string) => berths.ask<VmView>('GET', `/v1/vms/${name}`)
  const addressesOf = async (name: string) => (await vm(name)).devices.map(({ address }) => address)

  test('one of a type is attached to a running VM, with its group, and detached with it', async () => {
    const page = await berths.open('/vms/licence-server')
    await page.getByRole('button', { name: 'Attach a PCI device' }).click()
    await choose(page, 'Type', '10de:2204')
    expect(await violations(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('link', { name: '0000:21:00.0' }).waitFor()
    await page.getByText('held with its group').waitFor()
    expect(await addressesOf('licence-server')).toEqual(['0000:21:00.0', '0000:21:00.1'])

    await page.getByRole('button', { name: 'Detach 0000:21:00.0' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('21:00.1').waitFor()
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Detach' }).click()
    await expect.poll(() => addressesOf('licence-server'), PATIENT).toEqual([])
    await page.getByRole('region', { name: 'PCI devices' }).getByText('It has none').waitFor()
  })

  test('one at an address is attached; its mates are named before', async () => {
    const page = await berths.open('/vms/licence-server')
    await page.getByRole('button', { name: 'Attach a PCI device' }).click()
    await page.getByLabel('The one at an address').check()
    await choose(page, 'Device', '0000:41:00.1')
    await page.getByText('Its IOMMU group goes along: 0000:41:00.0 will be held').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('link', { name: '0000:41:00.1' }).waitFor()
    expect(await addressesOf('licence-server')).toEqual(['0000:41:00.1', '0000:41:00.0'])
  })

  test('a USB device is detached and attached again', async () => {
    const page = await berths.open('/vms/licence-server')
    await page.getByRole('button', { name: 'Detach USB 1-3' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Detach' }).click()
    await page.getByRole('region', { name: 'USB devices' }).getByText('It has none').waitFor()
    await expect.poll(async () => (await vm('licence-server')).moving, PATIENT).toBe(null)
    await page.getByRole('button', { name: 'Attach a USB device' }).click()
    await choose(page, 'Device', '1-3')
    await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('button', { name: 'Detach USB 1-3' }).waitFor()
    expect((await vm('licence-server')).usb.map(({ port }) => port)).toEqual(['1-3'])
  })

  test('of a VM that does not run the template changes; a refusal is said in the window', async () => {
    const { id } = await berths.ask<VmView>('POST', '/v1/vms', {
      ...{ template: 'NAME = "still"\nCPU = 1\nMEMORY = 64', hold: true },
    })
    const page = await berths.open(`/vms/${id}`)
    await page.getByRole('button', { name: 'Attach a PCI device' }).click()
    await page.getByLabel('The one at an address').check()
    await page.getByRole('textbox', { name: 'Address' }).fill('nowhere')
    await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('dialog').getByText('It was not done').waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill('81:00.0')
    await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('button', { name: 'Detach PCI 0' }).waitFor()
    expect((await vm('still')).template).toContain('ADDRESS = "81:00.0"')
    await page.getByRole('button', { name: 'Detach PCI 0' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Detach' }).click()
    await page.getByRole('region', { name: 'PCI devices' }).getByText('It asks for none').waitFor()
    expect((await vm('still')).template).not.toContain('PCI')
  })
})
