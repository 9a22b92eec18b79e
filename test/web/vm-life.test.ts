/** A VM's life on the page: made of a template, started, stopped, started again, ended; the database says the same. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { TemplateFit, VmView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

const stateOf = (page: Page, state: string) =>
  page.locator('.berth-heading').getByText(state, { exact: true }).waitFor()

describePage('VMs', (berths) => {
  const vm = (name: string) => berths.ask<VmView>('GET', `/v1/vms/${name}`)

  test('a VM is created from a template, with how many would fit, and runs', async () => {
    const page = await berths.open('/vms/new?template=gpu')
    await page.getByLabel('Name').fill('life-1')
    await page.getByText('It fits now').waitFor()
    const { count } = await berths.ask<TemplateFit>('GET', '/v1/templates/gpu/fit')
    await page.getByText(`There is room for ${count} such VMs`).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Create the VM' }).click()
    await page.getByRole('heading', { level: 1, name: 'life-1' }).waitFor()
    await stateOf(page, 'RUNNING')
    const [device] = (await vm('life-1')).devices
    await page.getByRole('link', { name: device?.address ?? '' }).waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('it is stopped with its device named, started again, and terminated for good', async () => {
    const { id, devices } = await vm('life-1')
    const page = await berths.open(`/vms/${id}`)
    await page.getByRole('button', { name: 'Stop' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(devices[0]?.address.slice(5) ?? 'no device').waitFor()
    expect(await violations(page)).toEqual([])
    await dialog.getByLabel('Do not ask the guest').check()
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await stateOf(page, 'POWEROFF')
    expect(await vm('life-1')).toMatchObject({ state: 'POWEROFF', host: null, devices: [] })

    await page.getByRole('button', { name: 'Start' }).click()
    await stateOf(page, 'RUNNING')
    await page
      .getByRole('link', { name: /^0000:/ })
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Terminate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click()
    await stateOf(page, 'DONE')
    expect(await vm(String(id))).toMatchObject({ state: 'DONE', devices: [] })
    expect(await page.locator('.berth-heading').getByRole('button').count()).toBe(0)
    await page
      .getByRole('list', { name: 'History, the latest first' })
      .getByText(/^created/)
      .waitFor()
  })

  test('several are made together by their names, and shown as they come', async () => {
    const page = await berths.open('/vms/new?count=2')
    await page.getByLabel('Text of your own').check()
    await page.getByRole('textbox', { name: 'Template' }).fill('CPU = 1\nMEMORY = [')
    await page.getByText('It cannot be created so').waitFor()
    await page.getByRole('textbox', { name: 'Template' }).fill('CPU = 1\nMEMORY = 64')
    await page.getByText('All 2 fit now').waitFor()
    await page.getByLabel('Name').fill('pair-%i')
    await page.getByText('Called pair-0, pair-1').waitFor()
    await page.getByLabel('Hold: do not place').check()
    await page.getByRole('button', { name: 'Create 2 VMs' }).click()
    await page.getByRole('link', { name: 'pair-1' }).waitFor()
    expect([(await vm('pair-0')).state, (await vm('pair-1')).state]).toEqual(['HOLD', 'HOLD'])
    await page.getByRole('button', { name: /^HOLD/ }).click()
    expect(page.url()).toContain('state=HOLD')
    await page.getByLabel('Choose all 2').check()
    await page.getByRole('button', { name: 'Terminate' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('pair-0').waitFor()
    expect(await violations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Terminate' }).click()
    await page.getByText('Terminate: asked of 2 VMs').waitFor()
    await page.getByText('No VM is so').waitFor()
    const list = await berths.ask<readonly VmView[]>('GET', '/v1/vms?all=true')
    expect(list.filter(({ name }) => name.startsWith('pair-')).map(({ state }) => state)).toEqual([
      'DONE',
      'DONE',
    ])
  })

  test('the list is narrowed by its address, and follows what happens elsewhere', async () => {
    const page = await berths.open('/vms?host=nic-1&sort=-id')
    await page.getByRole('link', { name: 'router' }).waitFor()
    expect(await page.getByRole('link', { name: 'storage' }).count()).toBe(0)
    expect(await violations(page)).toEqual([])
    await page.goto(`${berths.url}/vms`)
    await page.getByLabel('Search: ID, name').fill('router')
    await page.getByText('1 of ').waitFor()
    expect(page.url()).toContain('q=router')
    await page
      .getByRole('row', { name: /router/ })
      .getByText('RUNNING')
      .waitFor()
    const { id } = await vm('router')
    await berths.ask('POST', `/v1/vms/${id}/stop`, { hard: true })
    await page
      .getByRole('row', { name: /router/ })
      .getByText('POWEROFF')
      .waitFor()
  })
})
