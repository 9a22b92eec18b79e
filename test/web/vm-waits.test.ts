/** Why a VM waits: the smallest change that would help is said first, can be made there, and helps. */
import { expect, test } from 'vitest'
import type { Explanation, VmView } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

describePage('why a VM waits', (berths) => {
  const create = (name: string, pci: string) =>
    berths.ask<VmView>('POST', '/v1/vms', {
      template: `NAME = "${name}"\nCPU = 1\nMEMORY = 64\nPCI = [ ${pci} ]`,
    })

  test('one waits for a drained device: the page says so, takes the drain back, and the VM runs', async () => {
    const device = '/v1/hosts/gpu-1/devices/0000:07:00.0'
    await berths.ask('POST', `${device}/drain`, { reason: 'a fan is loud' })
    const { id } = await create('loud', 'ADDRESS = "07:00.0", VENDOR = "10de", CLASS = "0302"')
    const page = await berths.open(`/vms/${id}`)
    const smallest = page.locator('.berth-vm-smallest')
    await smallest.getByText('Smallest change that would help: 1 step on gpu-1').waitFor()
    await smallest.getByText('berth device undrain gpu-1 0000:07:00.0').waitFor()
    await page.getByRole('grid', { name: 'Hosts that cannot take it' }).getByText('render-1').waitFor()
    expect(await violations(page)).toEqual([])
    await smallest.getByRole('button', { name: 'Undrain' }).click()
    await page.getByRole('dialog').getByText('loud').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Undrain' }).click()
    await page.locator('.berth-heading').getByText('RUNNING', { exact: true }).waitFor()
    expect((await berths.ask<VmView>('GET', `/v1/vms/${id}`)).devices.map(({ address }) => address)).toEqual([
      '0000:07:00.0',
    ])
  })

  test('one waits for what another has: that one is stopped from here, by its name and devices', async () => {
    const [wanted] = (await berths.ask<VmView>('GET', '/v1/vms/gpu')).devices
    const address = wanted?.address ?? 'none'
    const { id } = await create('next', `ADDRESS = "${address}", VENDOR = "10de"`)
    const page = await berths.open(`/vms/${id}`)
    const smallest = page.locator('.berth-vm-smallest')
    await smallest.getByRole('button', { name: 'Stop the VM' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('heading', { name: /Stop gpu/ }).waitFor()
    await dialog.getByText(address.slice(5)).waitFor()
    await dialog.getByLabel('Do not ask the guest').check()
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await page.locator('.berth-heading').getByText('RUNNING', { exact: true }).waitFor()
    expect((await berths.ask<VmView>('GET', '/v1/vms/gpu')).state).toBe('POWEROFF')
  })

  test('hosts that say the same stand together and are found by words; a user has no operator buttons', async () => {
    const { id } = await berths.ask<VmView>('POST', '/v1/vms', {
      template: 'NAME = "nowhere"\nCPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "dead" ]',
      owner: 'ada',
    })
    const why = await berths.ask<Explanation>('GET', `/v1/vms/${id}/explain`)
    const page = await berths.open(`/vms/${id}?q=no+such`, { role: 'user', user: 'ada' })
    await page.getByText(`${why.reasons.length} hosts cannot take it`).waitFor()
    const row = page.getByRole('row').filter({ hasText: 'no-such-device' })
    await row.getByText('store-1').waitFor()
    await row.getByText('gpu-1').waitFor()
    expect(await page.getByRole('row').count()).toBe(2)
    expect(await page.getByRole('button', { name: /Enable|Undrain|Deploy/ }).count()).toBe(0)
    expect(await violations(page)).toEqual([])
  })
})
