/** Templates in the browser: a form and a text that follow each other, what the cluster says of them, and what is stored in the end. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

interface Stored {
  readonly id: number
  readonly name: string
  readonly text: string
}

const textOf = (page: Page) => page.getByRole('textbox', { name: 'Template text' })
const heading = (page: Page, name: string) =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

describePage('templates', (berths) => {
  const stored = (name: string) => berths.ask<Stored>('GET', `/v1/templates/${name}`)
  const store = (name: string, text: string) => berths.ask<Stored>('POST', '/v1/templates', { name, text })

  test('are listed with what they ask for, found by it, and lead to their VMs', async () => {
    const page = await berths.open('/templates')
    await page.getByRole('link', { name: 'gpu-pair' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Search templates').fill('0529')
    const rows = page.getByRole('row')
    await expect.poll(() => rows.count()).toBe(2)
    await rows.filter({ hasText: 'licence-server' }).getByText('USB 0529:0001').waitFor()
    expect(new URL(page.url()).searchParams.get('search')).toBe('0529')
    const instantiate = rows.getByRole('link', { name: 'Instantiate' })
    expect(await instantiate.getAttribute('href')).toBe('/vms/new?template=licence-server')
  })

  test('a device picked in the form is in the text, is checked, and is stored when saved', async () => {
    const page = await berths.open('/templates/new')
    await page.getByLabel('Name of its VMs').fill('my gpu')
    await page.getByLabel('Memory in MiB').fill('2048')
    await page.getByRole('tab', { name: 'Input/Output' }).click()
    await page.getByRole('button', { name: 'Add a device of the cluster' }).click()
    await page.getByLabel('Search devices').fill('10de::0302')
    await page.getByRole('radio', { name: /10de:20b2:0302/ }).click()
    expect(await violations(page)).toEqual([])
    await page.getByRole('radio', { name: /Any of this vendor and class/ }).click()
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByRole('button', { name: 'One more, PCI 0' }).click()
    await page.getByRole('checkbox', { name: 'Optional, PCI 0' }).check()
    const text =
      'CPU = 1\nMEMORY = 2048\nNAME = "my gpu"\nPCI = [ VENDOR = "10de", CLASS = "0302", COUNT = "2", OPTIONAL = "YES" ]\n'
    expect(await textOf(page).inputValue()).toBe(text)
    await page.getByText(/could take it now/).waitFor()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('dialog').getByLabel('Name of the template').fill('picked')
    await page.keyboard.press('Enter')
    await heading(page, 'picked')
    expect(await stored('picked')).toMatchObject({ text })
  })

  test('what is typed in the text is in the form, and the rest of it stays as it was when the form changes it', async () => {
    const text = '# mine\nCPU   = 2 # two\nHYPERVISOR = kvm\nMEMORY = 512\nPCI = [\n  VENDOR = 10de ]\n'
    const { id } = await store('typed', text)
    const page = await berths.open(`/templates/${id}`)
    await textOf(page).fill(text.replace('10de ]', '10de,\n  COUNT = 3 ]'))
    await expect.poll(() => page.getByLabel('Count, PCI 0').inputValue()).toBe('3')
    await page.getByLabel('Class, PCI 0', { exact: true }).fill('0302')
    await page.getByRole('tab', { name: 'General' }).click()
    await page.getByLabel('CPU', { exact: true }).fill('4')
    await page.getByText('HYPERVISOR').first().waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Template typed is saved').waitFor()
    expect((await stored('typed')).text).toBe(
      '# mine\nCPU   = 4 # two\nHYPERVISOR = kvm\nMEMORY = 512\nPCI = [\n  VENDOR = 10de,\n  COUNT = 3,\n  CLASS = "0302" ]\n',
    )
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
  })

  test('a field that is left open matches any, and says how much that covers', async () => {
    const { id } = await store(
      'open',
      'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = 10de, DEVICE = 20b2, CLASS = 0302 ]',
    )
    const page = await berths.open(`/templates/${id}`)
    await page.getByText(/free of 8 devices, on 1 host/).waitFor()
    await page.getByRole('button', { name: 'Any device, PCI 0' }).click()
    await page.getByText(/of 12 devices of 2 types/).waitFor()
    expect(await textOf(page).inputValue()).toContain('PCI = [ VENDOR = 10de, CLASS = 0302 ]')
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await textOf(page).inputValue()).toContain('DEVICE = 20b2')
  })

  test('blocks are moved, copied and removed by keyboard, which stays with them', async () => {
    const { id } = await store(
      'blocks',
      'CPU = 1\nMEMORY = 64\nPCI = [ CLASS = 1 ]\nPCI = [ CLASS = 2 ] # two\n',
    )
    const page = await berths.open(`/templates/${id}`)
    const focused = () => page.evaluate<string>("document.activeElement.getAttribute('aria-label')")
    await page.getByRole('button', { name: 'Move up: PCI 1' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Move up: PCI 0')
    await page.getByRole('button', { name: 'Copy: PCI 1' }).press('Enter')
    await expect.poll(focused).toBe('Copy: PCI 2')
    await page.getByRole('button', { name: 'Remove: PCI 1' }).press('Enter')
    await expect
      .poll(() => textOf(page).inputValue())
      .toBe('CPU = 1\nMEMORY = 64\nPCI = [ CLASS = 2 ] # two\nPCI = [ CLASS = 1 ]\n')
  })

  test('a text that cannot be read freezes the form, says where, and loses nothing', async () => {
    const { id } = await store('broken', 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = 10de ]')
    const page = await berths.open(`/templates/${id}`)
    await textOf(page).fill('CPU = 1\nPCI = [ VENDOR 10de ]\n# more')
    await page.getByText(/line 2, column 15: expected "="/).waitFor()
    await page.getByText('Mend the text to go on here').waitFor()
    expect(await page.getByLabel('Vendor, PCI 0', { exact: true }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Show the place' }).click()
    await page.keyboard.type(' =')
    expect(await textOf(page).inputValue()).toBe('CPU = 1\nPCI = [ VENDOR = 10de ]\n# more')
    await expect.poll(() => page.getByLabel('Vendor, PCI 0', { exact: true }).isDisabled()).toBe(false)
  })

  test('what the controller cannot mean is marked where it stands; the form goes on', async () => {
    const { id } = await store('wrong', 'CPU = 1\nMEMORY = 64')
    const page = await berths.open(`/templates/${id}?tab=general`)
    await page.getByLabel('CPU', { exact: true }).fill('many')
    await page.getByText(/line 1, column 7: CPU = "many": expected a number of cores/).waitFor()
    await page.getByLabel('CPU', { exact: true }).fill('0.5')
    await page.getByText(/could take it now/).waitFor()
  })

  test('nobody saves over what another saved meanwhile without being told', async () => {
    const { id } = await store('shared', 'CPU = 1\nMEMORY = 64\n')
    const page = await berths.open(`/templates/${id}`)
    await textOf(page).fill('CPU = 2\nMEMORY = 64\n')
    await berths.ask('PUT', `/v1/templates/${id}`, { text: 'CPU = 3\nMEMORY = 64\n' })
    await page.getByText('Somebody else changed this template meanwhile').waitFor()
    await page.getByRole('button', { name: 'Keep mine, to save it over theirs' }).click()
    expect((await stored('shared')).text).toContain('CPU = 3')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await stored('shared')).text).toContain('CPU = 2')
  })

  test('what others save is shown to who changed nothing', async () => {
    const { id } = await store('followed', 'CPU = 1\nMEMORY = 64\n')
    const page = await berths.open(`/templates/${id}`)
    await textOf(page).waitFor()
    await berths.ask('PUT', `/v1/templates/${id}`, { text: 'CPU = 7\nMEMORY = 64\n' })
    await expect.poll(() => textOf(page).inputValue()).toContain('CPU = 7')
  })

  test('leaving with changes asks first, by a link and by the way back', async () => {
    const { id } = await store('left', 'CPU = 1\nMEMORY = 64\n')
    const page = await berths.open('/templates')
    await page.getByRole('link', { name: 'left', exact: true }).click()
    await textOf(page).fill('CPU = 2\nMEMORY = 64\n')
    await page.getByRole('link', { name: 'VMs' }).click()
    await page.getByRole('button', { name: 'Stay' }).click()
    expect(await textOf(page).inputValue()).toContain('CPU = 2')
    await page.goBack()
    await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    await heading(page, 'Templates')
    expect((await stored(String(id))).text).toContain('CPU = 1')
  })

  test('is saved as new, renamed and deleted', async () => {
    const { id } = await store('first', 'CPU = 1\nMEMORY = 64\n')
    const page = await berths.open(`/templates/${id}`)
    await page.getByRole('button', { name: 'Save as new' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save as new' }).click()
    await heading(page, 'first-2')
    await page.getByRole('button', { name: 'More about first-2' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('dialog').getByLabel('Name of the template').fill('gpu')
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await page.getByText('a template named gpu exists already').waitFor()
    await page.getByRole('dialog').getByLabel('Name of the template').fill('second')
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await heading(page, 'second')
    await page.getByRole('button', { name: 'More about second' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await heading(page, 'Templates')
    await expect(stored('second')).rejects.toThrow('unknown-template')
  })

  test('who may only look sees all of it and changes nothing', async () => {
    const page = await berths.open('/templates/1', { role: 'viewer', phone: true, dark: true })
    await textOf(page).waitFor()
    expect(await textOf(page).isEditable()).toBe(false)
    expect(await page.getByLabel('Vendor, PCI 0', { exact: true }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
    await page.getByText(/could take it now/).waitFor()
    expect(await violations(page)).toEqual([])
  })
})
