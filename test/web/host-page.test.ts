/** A host's head and overview: what operators do with the whole of it, and what is told of it. */
import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { HostView, VmView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

async function more(page: Page, item: string) {
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: item }).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

describePage('a host', (berths) => {
  const host = (name: string) => berths.ask<HostView>('GET', `/v1/hosts/${name}`)

  test('its views are links, each an address of its own', async () => {
    const page = await berths.open('/hosts/nic-1')
    const tabs = page.getByRole('navigation', { name: 'Views of the host' })
    await tabs.getByRole('tab', { name: 'Overview' }).click()
    await page.getByRole('heading', { name: 'Readiness' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/hosts/nic-1/overview')
    expect(await tabs.getByRole('tab', { selected: true }).allTextContents()).toEqual(['Overview'])
    expect(await tabs.getByRole('tab', { name: 'PCI devices' }).getAttribute('href')).toBe('/hosts/nic-1/pci')
    await page.goBack()
    await page.getByRole('grid', { name: 'PCI devices' }).waitFor()
    await page.getByText('SIMULATED', { exact: true }).waitFor()
  })

  test('one that there is not is said not to be there', async () => {
    const page = await berths.open('/hosts/nowhere')
    await page.getByText('no host nowhere').waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('its overview: capacity, its VMs and what they have, readiness and what to do', async () => {
    const page = await berths.open('/hosts/render-1/overview')
    await page.getByText('25 of 96 cores given').waitFor()
    await page.getByText('89G of 512G given').waitFor()
    const row = page.getByRole('row', { name: 'gpu-pair' })
    await row.waitFor()
    expect(await row.getByRole('link').allTextContents()).toEqual(['gpu-pair', 'a1:00.0', 'c1:00.0'])
    await page.getByRole('row', { name: 'iommu.dma-remapping' }).getByText('ok', { exact: true }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: '7 free' }).click()
    await page.getByRole('status').filter({ hasText: '7 of 12 devices' }).waitFor()
  })

  test('disabled it keeps its VMs, which are named; enabled it takes more', async () => {
    const page = await berths.open('/hosts/render-1/overview')
    await page.getByRole('button', { name: 'Disable' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('VM 2 (gpu-pair), RUNNING, with 0000:a1:00.0 0000:c1:00.0').waitFor()
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('render-1 is disabled: it takes no further VMs').first().waitFor()
    expect((await host('render-1')).state).toBe('disabled')
    await page.getByRole('button', { name: 'Enable' }).click()
    await dialog.getByRole('button', { name: 'Enable' }).click()
    await page.getByRole('button', { name: 'Disable', exact: true }).waitFor()
    expect((await host('render-1')).state).toBe('on')
  })

  test('its filter and attributes are changed; who loses an offer is named before', async () => {
    const page = await berths.open('/hosts/gpu-1/overview')
    const dialog = await more(page, 'Change')
    const filter = dialog.getByLabel(/^Filter/)
    await filter.fill('10de')
    await dialog.getByText('filter "10de": "10de" has no colon').waitFor()
    expect(await violations(page)).toEqual([])
    await filter.fill('10de:,15b3::0207')
    await dialog.getByText('4 devices will not be offered any more: 0000:61:00.0').waitFor()
    await dialog.getByRole('button', { name: 'Add an attribute' }).click()
    await dialog.getByLabel('Name of attribute 1').fill('RACK')
    await dialog.getByLabel('Value of attribute 1').fill('<i>7</i>')
    await dialog.getByRole('button', { name: 'Change' }).click()
    await page.getByText('RACK = "<i>7</i>"').waitFor()
    expect(await host('gpu-1')).toMatchObject({
      filter: '10de:,15b3::0207',
      attributes: { RACK: '<i>7</i>' },
    })
    const again = await more(page, 'Change')
    await again.getByLabel('All').check()
    await again.getByRole('button', { name: 'Remove attribute RACK' }).click()
    await again.getByRole('button', { name: 'Change' }).click()
    await page.getByText('none, all devices are offered').waitFor()
    expect(await host('gpu-1')).toMatchObject({ filter: null, attributes: {} })
  })

  test('with VMs it is not deleted, and they are named; without, it is', async () => {
    const page = await berths.open('/hosts/render-1/overview')
    const dialog = await more(page, 'Delete')
    await dialog.getByText('It would be refused: VMs are on it').waitFor()
    await dialog.getByText('VM 1 (gpu)').waitFor()
    expect(await dialog.getByRole('button', { name: 'Delete' }).isEnabled()).toBe(false)
    await berths.ask('POST', '/v1/hosts', { name: 'spare', driver: 'simulator', machine: 'sim-nic' })
    await page.goto(`${berths.url}/hosts/spare/overview`)
    await (await more(page, 'Delete')).getByRole('button', { name: 'Delete' }).click()
    await page.getByText('spare is deleted').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/hosts')
    await expect(host('spare')).rejects.toThrow('unknown-host')
  })

  test('silent, it is fenced on the word that it is off: what its VMs lose is named', async () => {
    const { uri } = await host('store-1')
    rmSync(uri, { recursive: true })
    const page = await berths.open('/hosts/store-1/overview')
    await page.getByText('Its last probe or comparison failed').waitFor()
    const dialog = await more(page, 'Fence')
    await dialog.getByText(/^VM 5 \(storage\): \w+ to POWEROFF, loses 0000:3e:00.0/).waitFor()
    const button = dialog.getByRole('button', { name: 'Fence' })
    expect(await button.isEnabled()).toBe(false)
    expect(await violations(page)).toEqual([])
    await dialog.getByLabel('The machine store-1 is switched off').check()
    await button.click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('No VM is on it.').waitFor()
    expect(await berths.ask<VmView>('GET', '/v1/vms/5')).toMatchObject({ state: 'POWEROFF', devices: [] })
  })

  test('one whose agent has not joined yet says how one does', async () => {
    await berths.ask('POST', '/v1/hosts', { name: 'kvm-z', agent: true })
    const page = await berths.open('/hosts/kvm-z/overview')
    await page.getByText('No agent has joined for it yet').waitFor()
    await page.getByText('berth token join kvm-z').waitFor()
    expect(await violations(page)).toEqual([])
    const dialog = await more(page, 'Let an agent join')
    await dialog.getByRole('button', { name: 'Make a token' }).click()
    await dialog.getByText('berth agent').first().waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('tab', { name: 'PCI devices' }).click()
    await page.getByText('It has not been probed yet').waitFor()
  })

  test.each([
    { dark: true, phone: false },
    { dark: false, phone: true },
  ])('nothing is in the way of anybody: dark $dark, phone $phone', async (options) => {
    const page = await berths.open('/hosts/render-1/overview', options)
    await page.getByRole('heading', { name: 'Readiness' }).waitFor()
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
  })
})
