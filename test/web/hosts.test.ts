/** The hosts' page: as a list and as a map, narrowed by its address, followed live, and what can be done from it. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

interface Host {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly freeDevices: number
  readonly offeredDevices: number
}

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

describePage('the hosts', (berths) => {
  const hosts = () => berths.ask<readonly Host[]>('GET', '/v1/hosts')
  const host = async (name: string) => (await hosts()).find((one) => one.name === name)

  test('as a list: what each has, by type, with the way to it', async () => {
    const page = await berths.open('/hosts')
    const gpu = await host('gpu-1')
    await row(page, 'gpu-1').getByText(`${gpu?.freeDevices} / ${gpu?.offeredDevices}`).waitFor()
    await row(page, 'gpu-1').getByText('SIMULATED').waitFor()
    await row(page, 'gpu-1')
      .getByRole('link', { name: /^A100 SXM4/ })
      .click()
    await page.waitForURL('**/hosts/gpu-1/pci?filter=10de%3A20b2%3A0302')
  })

  test('narrowed to hosts that have a type free, in the address, and back to all', async () => {
    const page = await berths.open('/hosts')
    await page.getByLabel('Devices: a type').fill('10de::0302')
    await page.getByRole('button', { name: /^free / }).click()
    await page.getByText(/^2 of \d+ hosts$/).waitFor()
    expect(new URL(page.url()).search).toBe('?filter=10de%3A%3A0302&devices=free')
    await page.reload()
    await page.getByText(/^2 of \d+ hosts$/).waitFor()
    expect(await row(page, 'nic-1').count()).toBe(0)
    await page.getByRole('button', { name: 'Show all' }).click()
    await row(page, 'nic-1').waitFor()
  })

  test('a filter that cannot be understood is said to be one', async () => {
    const page = await berths.open('/hosts?filter=zz:')
    await page.getByText('is no vendor').waitFor()
  })

  test('none left, and the way back', async () => {
    const page = await berths.open('/hosts?name=nowhere')
    await page.getByRole('heading', { name: 'No host is like that' }).waitFor()
    await page.getByRole('button', { name: 'Show all hosts' }).click()
    await row(page, 'gpu-1').waitFor()
  })

  test('disabled after a word on the VMs that run there, and enabled again', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('button', { name: 'Actions for render-1' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByText('VM 2 (gpu-pair), RUNNING').waitFor()
    expect((await host('render-1'))?.state).toBe('on')
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await row(page, 'render-1').getByText('disabled', { exact: true }).waitFor()
    expect((await host('render-1'))?.state).toBe('disabled')
    await page.getByRole('button', { name: 'Actions for render-1' }).click()
    await page.getByRole('menuitem', { name: 'Enable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
    await row(page, 'render-1').getByText('on', { exact: true }).waitFor()
    expect((await host('render-1'))?.state).toBe('on')
  })

  test('a simulated host is added, a name that is taken is refused with words', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('button', { name: 'Add a host' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('A simulated host').check()
    await form.getByLabel('Name').fill('gpu-1')
    await form.getByRole('button', { name: 'Add' }).click()
    await form.getByText('a host named gpu-1 exists already').waitFor()
    await form.getByLabel('Name').fill('sim-2')
    await form.getByLabel('Devices to offer').fill('10de:')
    await form.getByRole('button', { name: 'Add' }).click()
    await row(page, 'sim-2').getByText('SIMULATED').waitFor({ timeout: 40_000 })
    expect((await host('sim-2'))?.offeredDevices).toBeGreaterThan(0)
    await berths.ask('DELETE', '/v1/hosts/sim-2')
    await row(page, 'sim-2').waitFor({ state: 'detached' })
  })

  test('what is shown for a host with an agent lets one machine join', async () => {
    const page = await berths.open('/hosts')
    await page.getByRole('button', { name: 'Add a host' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('kvm-b')
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    const line = await page.getByText(/^berth agent join/).innerText()
    expect(await violations(page)).toEqual([])
    const [, server, token] = /--server (\S+) --token (\S+)/.exec(line) ?? []
    expect(server).toBe(berths.url)
    const answer = await fetch(`${server}/v1/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, version: '1', driver: 'libvirt', uri: 'qemu:///system' }),
    })
    expect(await answer.json()).toMatchObject({ host: { name: 'kvm-b' } })
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await berths.ask('DELETE', '/v1/hosts/kvm-b')
  })

  test('a viewer looks, and is offered nothing to change', async () => {
    const page = await berths.open('/hosts', { role: 'viewer' })
    await row(page, 'gpu-1').waitFor()
    expect(await page.getByRole('button', { name: /^Actions for|^Add a host/ }).count()).toBe(0)
  })

  test('as a map: a device leads to itself on its host', async () => {
    const page = await berths.open('/hosts?view=map')
    await row(page, 'gpu-1').getByRole('link', { name: '0000:07:00.0 free' }).click()
    await page.waitForURL('**/hosts/gpu-1/pci?filter=10de%3A20b2%3A0302&device=0000%3A07%3A00.0')
  })

  test('a state is picked out on the map: hosts without it go, other devices are faint', async () => {
    const page = await berths.open('/hosts?view=map')
    await page.getByRole('button', { name: /^attached / }).click()
    await row(page, 'gpu-1').waitFor({ state: 'detached' })
    const faint = row(page, 'store-1').locator('a.berth-faint')
    expect(await faint.count()).toBeGreaterThan(0)
    expect(await faint.and(page.getByRole('link', { name: 'attached' })).count()).toBe(0)
  })

  test('the map by keyboard: one stop for Tab, arrows from there, and the device is told', async () => {
    const page = await berths.open('/hosts?view=map')
    await row(page, 'gpu-1').getByRole('link', { name: 'gpu-1' }).focus()
    const focused = () =>
      page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('0000:07:00.0 free')
    await page.locator('.berth-card').getByText('can be given to a VM now').waitFor()
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toMatch(/^0000:/)
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Home')
    expect(await focused()).toBe(
      (await hosts())
        .map(({ name }) => name)
        .sort()
        .at(-1),
    )
    expect(await page.locator('[role=grid] a[tabindex="0"]').count()).toBe(1)
  })

  test('a device that a VM gets changes under the eyes of who looks, without all being read again', async () => {
    const page = await berths.open('/hosts?view=map')
    await row(page, 'gpu-1').getByRole('link', { name: '0000:07:00.0 free' }).waitFor()
    const whole: string[] = []
    page.on('request', (request) => {
      if (/\/v1\/devices\/map\?limit=(?!1&)/.test(request.url())) whole.push(request.url())
    })
    const vm = await berths.ask<{ id: number }>('POST', '/v1/vms', {
      template: 'MEMORY = 64\nPCI = [ ADDRESS = "0000:07:00.0", VENDOR = "10de" ]',
    })
    await row(page, 'gpu-1')
      .getByRole('link', { name: `0000:07:00.0 attached, VM ${vm.id}` })
      .waitFor()
    await berths.ask('POST', `/v1/vms/${vm.id}/terminate`, { hard: true })
    await row(page, 'gpu-1').getByRole('link', { name: '0000:07:00.0 free' }).waitFor()
    expect(whole).toEqual([])
  })

  test.each(['/hosts', '/hosts?view=map', '/hosts?view=map&devices=free', '/hosts?name=nowhere'])(
    '%s has nothing that bars anybody, in the light, in the dark, on a phone',
    async (path) => {
      for (const options of [{}, { dark: true }, { phone: true }]) {
        const page = await berths.open(path, options)
        await page
          .getByText(/devices?$/)
          .first()
          .waitFor()
        expect(await violations(page)).toEqual([])
        await page.context().close()
      }
    },
  )
})
