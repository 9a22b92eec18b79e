/** Who gets in, by which way, and out again; what stands around every page. */
import { expect, test } from 'vitest'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

describePage('signing in', (berths) => {
  test('by a link, whose token is gone from the address at once', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor()
    expect(page.url()).toBe(`${berths.url}/hosts`)
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('a wrong token is refused with words, a right one opens the page that was asked for', async () => {
    const page = await berths.open('/templates')
    const { token } = await berths.ask<{ token: string }>('POST', '/v1/tokens', {
      ...{ name: 'typed', role: 'viewer', expiresSeconds: 3600 },
    })
    await page.getByRole('button', { name: 'admin' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Token').fill('berth_u_nobody')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The controller does not know this token').waitFor()
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Templates' }).waitFor()
    await page.getByRole('button', { name: 'typed' }).waitFor()
  })

  test('a token that is revoked signs out whoever looks', async () => {
    const page = await berths.open('/hosts', { role: 'viewer' })
    await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor()
    await berths.ask('DELETE', '/v1/tokens/viewer')
    await page.getByRole('link', { name: 'VMs' }).click()
    await page.getByRole('heading', { name: 'Sign in to Berth' }).waitFor()
    await page.getByText('You were signed out').waitFor()
  })

  test('a controller that does not answer is told of, and read as soon as it does', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('link', { name: 'gpu-1' }).waitFor()
    await page.route('**/v1/**', (request) => request.abort())
    await page.reload()
    await page.getByText('Not live').waitFor()
    await page.getByText('Berth could not read the hosts').waitFor()
    await page.unroute('**/v1/**')
    await page.getByRole('link', { name: 'gpu-1' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('what the browser thinks of the network holds nothing back', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('link', { name: 'gpu-1' }).waitFor()
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await page.getByRole('link', { name: 'Templates' }).click()
    await page.getByRole('link', { name: 'gpu-pair' }).waitFor()
  })

  test('an address that there is no page for says so', async () => {
    const page = await berths.open('/hosts/gpu-1/pci/nowhere')
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  })
})
