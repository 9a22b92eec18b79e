/** What-if: the page counts what the API counts, follows the cluster, and leads to the VMs that fit. */
import { expect, test } from 'vitest'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

interface Fit {
  readonly count: number
  readonly hosts: readonly { readonly hostName: string; readonly count: number }[]
}

describePage('planning', (berths) => {
  const ask = () => berths.ask<Fit>('GET', '/v1/templates/gpu/fit')

  test('of a stored template: how many, where, why no more, and the way to create them', async () => {
    const { count, hosts } = await ask()
    const page = await berths.open('/plan')
    await page.getByLabel('Template', { exact: true }).selectOption('gpu')
    await page.getByText(`${count} more fit, on ${hosts.length} hosts`).waitFor()
    for (const { hostName, count: there } of hosts)
      await page.getByRole('row', { name: `${hostName} SIMULATED ${there}` }).waitFor()
    await page.getByText(/could take one with no other VM/).waitFor()
    await page.getByRole('button', { name: /^not enough free PCI devices/ }).click()
    await page.getByText('held by copies of it').first().waitFor()
    await page.getByRole('link', { name: `Create ${count} of them` }).click()
    await page.waitForURL(`**/vms/new?template=gpu&count=${count}`)
  })

  test('of a text; one that is none is refused with words', async () => {
    const page = await berths.open('/plan?source=text')
    await page.getByLabel('Template', { exact: true }).fill('MEMORY = [')
    await page.getByRole('button', { name: 'Count' }).click()
    await page.getByText('No VM can be made of this template').waitFor()
    await page.getByLabel('Template', { exact: true }).fill('MEMORY = 64\nPCI = [ VENDOR = "dead" ]')
    await page.getByRole('button', { name: 'Count' }).click()
    await page.getByText('0 more fit').waitFor()
    await page.getByText(/none could take one, even with no other VM/).waitFor()
    await page.getByRole('button', { name: /^no such PCI device/ }).waitFor()
  })

  test('as far as is asked, behind those that wait, and in the address', async () => {
    const page = await berths.open('/plan?template=web')
    await page.getByLabel('Count to').fill('5')
    await page.getByText('5+ fit, and there is room for more').waitFor()
    await page.getByLabel('After the VMs that wait now').check()
    await page.getByText('5+ fit, and there is room for more after those that wait').waitFor()
    expect(new URL(page.url()).search).toBe('?template=web&limit=5&after=waiting')
    await page.getByLabel('Count to').fill('0')
    await page.getByText('A number from 1 to 10,000').waitFor()
  })

  test('it counts again when the cluster changes', async () => {
    const { count } = await ask()
    const page = await berths.open('/plan?template=gpu')
    await page.getByText(`${count} more fit`).waitFor()
    await berths.ask('POST', '/v1/hosts/gpu-1/disable')
    await page.getByText('1 more fits').waitFor()
    await berths.ask('POST', '/v1/hosts/gpu-1/enable')
    await page.getByText(`${count} more fit`).waitFor()
  })

  test.each(['/plan', '/plan?template=gpu', '/plan?source=text', '/plan?template=nowhere'])(
    '%s has nothing that bars anybody, in the light, in the dark, on a phone',
    async (path) => {
      for (const options of [{}, { dark: true }, { phone: true }]) {
        const page = await berths.open(path, options)
        await page.getByLabel('Count to').waitFor()
        await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => {})
        expect(await violations(page)).toEqual([])
        await page.context().close()
      }
    },
  )
})
