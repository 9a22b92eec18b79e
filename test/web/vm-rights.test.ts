/** What a user and a viewer see of VMs, and what they are offered. */
import { expect, test } from 'vitest'
import type { VmView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

describePage("VMs by a user's token", (berths) => {
  test('a user sees only their own VMs, and no button that operators have', async () => {
    const { id } = await berths.ask<VmView>('POST', '/v1/vms', {
      ...{ template: 'NAME = "hers"\nCPU = 1\nMEMORY = 64', hold: true, owner: 'ada' },
    })
    const page = await berths.open('/vms', { role: 'user', user: 'ada' })
    await page.getByRole('link', { name: 'hers' }).click()
    await page.getByRole('heading', { level: 1, name: 'hers' }).waitFor()
    await page.getByRole('button', { name: 'Release' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Deploy to a host' }).count()).toBe(0)
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'VMs' }).first().click()
    await page.getByText('1 VM', { exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'storage' }).count()).toBe(0)
    await page.goto(`${berths.url}/vms/1`)
    await page.getByText('It is not there').waitFor()
    await page.goto(`${berths.url}/vms/new?template=gpu`)
    await page.getByText('It fits now').waitFor()
    expect(await page.getByLabel('Owner').count()).toBe(0)
    await page.goto(`${berths.url}/vms/${id}`)
    await page.getByRole('button', { name: 'Release' }).first().click()
    await page.getByText('RUNNING', { exact: true }).first().waitFor()
  })

  test('a viewer sees all VMs and is offered nothing', async () => {
    const page = await berths.open('/vms', { role: 'viewer' })
    await page.getByRole('link', { name: 'storage' }).waitFor()
    expect(await page.getByRole('checkbox').count()).toBe(0)
    expect(await page.getByRole('link', { name: 'New VM' }).count()).toBe(0)
    await page.getByRole('link', { name: 'storage' }).click()
    await page.getByRole('link', { name: '0000:3e:00.0' }).waitFor()
    expect(
      await page
        .locator('main')
        .getByRole('button', { name: /Stop|Terminate|Attach|Detach/ })
        .count(),
    ).toBe(0)
  })
})
