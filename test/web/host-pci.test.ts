/** A host's PCI devices: the tree of functions, what narrows it down, and one device opened. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { DeviceView, HostView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

const TABLE = { name: 'PCI devices' } as const

/** The addresses in sight, in their order. */
async function addresses(page: Page): Promise<readonly string[]> {
  await page.getByRole('grid', TABLE).waitFor()
  return page.getByRole('grid', TABLE).locator('[data-address]').allTextContents()
}

const status = (page: Page, words: string) => page.getByRole('status').filter({ hasText: words }).waitFor()

describePage("a host's PCI devices", (berths) => {
  const offered = async (host: string, query = '') => {
    const devices = await berths.ask<readonly DeviceView[]>('GET', `/v1/devices?host=${host}${query}`)
    return devices.filter((device) => device.offered)
  }

  test('virtual functions stand below their physical one, and go away with it', async () => {
    const page = await berths.open('/hosts/nic-1')
    const shown = await addresses(page)
    const pf = shown.indexOf('3b:00.0')
    expect(shown.slice(pf, pf + 3)).toEqual(['3b:00.0', '3b:01.0', '3b:01.1'])
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: '3b:01.0' }) })
    const cells = await row.getByRole('gridcell').allTextContents()
    // What it is called depends on the pci.ids of the machine.
    expect(cells.toSpliced(3, 1)).toEqual([
      ...['4', '3b:01.0', '8086:1889:0200', '0', '21', 'vfio-pci', 'VF'],
      'attachedattached to VM 4 (router)',
    ])
    await page.getByRole('button', { name: '8 virtual functions of 0000:3b:00.0' }).click()
    expect((await addresses(page)).slice(pf, pf + 2)).toEqual(['3b:00.0', '3b:00.1'])
    await page.getByRole('button', { name: 'Show all virtual functions' }).click()
    await page.getByRole('button', { name: 'Hide all virtual functions' }).click()
    const functions = await offered('nic-1')
    expect(await addresses(page)).toHaveLength(functions.filter(({ parent }) => parent === null).length)
  })

  test('below their physical one they stay where the table is sorted by something else', async () => {
    const page = await berths.open('/hosts/nic-1/pci?sort=-group')
    const shown = await addresses(page)
    const pf = shown.indexOf('3b:00.0')
    expect(shown.slice(pf, pf + 9)).toEqual(['3b:00.0', ...[7, 6, 5, 4, 3, 2, 1, 0].map((n) => `3b:01.${n}`)])
  })

  test("the probe's filter narrows it; a wrong one says which part is wrong", async () => {
    const page = await berths.open('/hosts/nic-1')
    const filter = page.getByLabel('Filter: vendor:device:class')
    const { length: all } = await offered('nic-1')
    const { length: both } = await offered('nic-1', '&filter=8086:1889:,15b3::02xx')
    await filter.fill('8086:1889:,15b3::02xx')
    await status(page, `${both} of ${all} devices`)
    await filter.fill('8086:1889:,15b3')
    await page.getByText('filter "15b3": "15b3" has no colon').waitFor()
    expect(await violations(page)).toEqual([])
    const { length: one } = await offered('nic-1', '&filter=8086:1889:')
    await filter.fill('8086:1889:')
    await status(page, `${one} of ${all} devices`)
    await page.reload()
    await status(page, `${one} of ${all} devices`)
  })

  test('words, states and what is free are in the address, and a link shows the same', async () => {
    const page = await berths.open('/hosts/nic-1')
    const { length: all } = await offered('nic-1')
    const { length: free } = await offered('nic-1', '&state=free')
    await page.getByLabel('Free only').check()
    await status(page, `${free} of ${all} devices`)
    await page.getByRole('button', { name: 'States' }).click()
    await page.getByRole('menuitem', { name: 'attached' }).click()
    await page.keyboard.press('Escape')
    await page.getByLabel('Search the devices').fill('3b:01 vf')
    await status(page, `8 of ${all} devices`)
    const { search } = new URL(page.url())
    expect(new URLSearchParams(search).get('state')).toBe('free,attached')
    const other = await berths.open(`/hosts/nic-1/pci${search}`)
    await status(other, `8 of ${all} devices`)
    await other.getByLabel('Search the devices').fill('nothing like it')
    await other.getByRole('button', { name: 'Show all' }).click()
    await status(other, `${all} devices`)
  })

  test('what the filter of the host leaves out is shown where it is asked for', async () => {
    const page = await berths.open('/hosts/store-1')
    const { length: some } = await offered('store-1')
    const { devices } = await berths.ask<HostView>('GET', '/v1/hosts/store-1')
    expect(some).toBeLessThan(devices.length)
    await status(page, `${some} devices`)
    await page.getByText('What is not offered, too').click()
    await status(page, `${devices.length} devices`)
    await page.getByText("not offered: the host's filter leaves it out").first().waitFor()
  })

  test('a device opens beside the table, and the keyboard goes there and back', async () => {
    const page = await berths.open('/hosts/nic-1/pci?q=3b')
    await page.getByRole('link', { name: '3b:01.0' }).press('Enter')
    const panel = page.getByRole('complementary', { name: '0000:3b:01.0' })
    await panel.getByText('attached to VM 4 (router)').waitFor()
    await panel.getByRole('link', { name: 'VM 4 (router)' }).waitFor()
    await panel.getByText('passed to VM 4').waitFor()
    expect(await page.locator(':focus').getAttribute('id')).toBe('device-title')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    expect(await page.locator(':focus').textContent()).toBe('3b:01.0')
    expect(new URL(page.url()).search).toBe('?q=3b')
  })

  test('a short address in a link opens it, too; one that is not there is said not to be', async () => {
    const page = await berths.open('/hosts/store-1/pci?device=18:00.0')
    const panel = page.getByRole('complementary')
    await panel.getByText('mount: md0 is mounted at /srv/archive').waitFor()
    await page.goto(`${berths.url}/hosts/store-1/pci?device=ff:00.0`)
    await panel.getByText('store-1 has no such device').waitFor()
  })

  test('of very many, those in view stand in the document, and the others are found all the same', async () => {
    await berths.ask('POST', '/v1/hosts', { name: 'many', driver: 'simulator', machine: 'sim-nic' })
    await berths.ask('POST', '/v1/hosts/many/devices/3b:00.1/sriov', { numVfs: 64 })
    await berths.ask('POST', '/v1/hosts/many/devices/d8:00.0/sriov', { numVfs: 128 })
    const functions = await offered('many')
    const page = await berths.open('/hosts/many')
    await page.getByRole('button', { name: 'Show all virtual functions' }).click()
    await page.getByRole('button', { name: 'Hide all virtual functions' }).waitFor()
    const table = page.getByRole('grid', TABLE)
    expect(await table.getAttribute('aria-rowcount')).toBe(String(functions.length + 1))
    expect((await addresses(page)).length).toBeLessThan(100)
    const last = functions.at(-1)?.address.slice(5) ?? ''
    await page.evaluate("document.getElementById('main').scrollTo(0, 1e9)")
    await page.getByRole('link', { name: last }).waitFor()
    expect(await violations(page)).toEqual([])
  })

  test.each([
    { dark: true, phone: false },
    { dark: false, phone: true },
  ])('nothing is in the way of anybody: dark $dark, phone $phone', async (options) => {
    const page = await berths.open('/hosts/nic-1/pci', options)
    await addresses(page)
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    await page.goto(`${berths.url}/hosts/nic-1/pci?device=3b:00.0`)
    await page.getByRole('complementary').getByText('History').waitFor()
    expect(await violations(page)).toEqual([])
  })
})
