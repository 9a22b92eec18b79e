/** A host's IOMMU groups, SR-IOV devices and USB devices in the browser: from the click to what the database then says. */
import { describe, expect, test } from 'vitest'
import type { HostGroups, HostSriov } from '../../src/view/documents.ts'
import { describePage } from './browser.ts'
import { violations } from './violations.ts'

const BOOT_DRIVE = '0000:01:00.0'

describePage('the views of a host', (berths) => {
  describe('IOMMU groups', () => {
    test('a click on one tells why it cannot be given, what is in it and what can be done', async () => {
      const page = await berths.open('/hosts/store-1/groups')
      await page.getByRole('treeitem', { name: '02:00.0' }).click()
      const panel = page.getByRole('region', { name: 'IOMMU group 5' })
      await panel.getByText(`${BOOT_DRIVE} in it is in use by the host: nvme0n1p2 is mounted at /`).waitFor()
      await panel.getByText('Its 2 endpoints go to a VM only together').waitFor()
      await panel.getByText('00:1c.0 above it has no access control (ACS)').waitFor()
      expect(new URL(page.url()).searchParams.get('group')).toBe('5')
      expect(await page.getByRole('treeitem', { selected: true }).count()).toBe(4)
      expect(await violations(page)).toEqual([])
      await panel.getByRole('link', { name: '01:00.0' }).first().click()
      expect(new URL(page.url()).pathname).toBe('/hosts/store-1/pci')
      await page.getByRole('heading', { name: BOOT_DRIVE }).waitFor()
    })

    test('a link to a group opens the way to it, and the VM that has it is one click away', async () => {
      const { groups } = await berths.ask<HostGroups>('GET', '/v1/hosts/nic-1/groups')
      const held = groups.find(({ state }) => state === 'held')
      const page = await berths.open(`/hosts/nic-1/groups?group=${held?.group}`)
      const row = page.getByRole('treeitem', { selected: true })
      await row.waitFor()
      expect(await row.textContent()).toContain(held?.devices[0]?.address.slice(5))
      const panel = page.getByRole('region', { name: `IOMMU group ${held?.group}` })
      await panel.getByText('no other VM can get anything of it').waitFor()
      await panel
        .getByRole('link', { name: `VM ${held?.vm}` })
        .first()
        .click()
      expect(new URL(page.url()).pathname).toBe(`/vms/${held?.vm}`)
    })

    test('by keyboard: along the tree, into the group, and back', async () => {
      const page = await berths.open('/hosts/nic-1/groups')
      const row = (name: RegExp) => page.getByRole('treeitem', { name })
      await row(/^3b:00.0/).focus()
      await page.keyboard.press('ArrowDown')
      expect(await page.locator(':focus').textContent()).toContain('8 virtual functions')
      expect(await row(/^3b:01.0/).count()).toBe(0)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      expect(await page.locator(':focus').textContent()).toContain('3b:01.0')
      await page.keyboard.press('Enter')
      await page.locator(':focus', { hasText: /^IOMMU group \d+$/ }).waitFor()
      await page.keyboard.press('Escape')
      expect(await page.locator(':focus').textContent()).toContain('3b:01.0')
      expect(new URL(page.url()).searchParams.has('group')).toBe(false)
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      expect(await row(/^3b:01.0/).count()).toBe(0)
      await page.keyboard.press('Home')
      expect(await page.locator(':focus').getAttribute('aria-level')).toBe('1')
    })

    test('narrowed to what is offered, chipset and lone bridges are gone; what leads to the rest stays', async () => {
      const page = await berths.open('/hosts/store-1/groups')
      await page.getByRole('treeitem', { name: '00:1c.5' }).waitFor()
      await page.getByLabel('Only groups with something offered').click()
      await page.getByRole('treeitem', { name: '00:1c.5' }).waitFor({ state: 'detached' })
      await page.getByRole('treeitem', { name: '00:1c.0' }).waitFor()
      expect(new URL(page.url()).searchParams.get('show')).toBe('offered')
    })

    test('a drain on the controller shows in the tree by itself', async () => {
      const page = await berths.open('/hosts/gpu-1/groups?group=43')
      const panel = page.getByRole('region', { name: 'IOMMU group 43' })
      await panel.getByText('Something in it can be given now').waitFor()
      await berths.ask('POST', '/v1/hosts/gpu-1/devices/0000:0f:00.0/drain', { reason: 'firmware' })
      await panel.getByText('Take the drain of 0f:00.0 back').waitFor()
      expect(await page.getByRole('treeitem', { selected: true }).textContent()).toContain('drained')
      await berths.ask('POST', '/v1/hosts/gpu-1/devices/0000:0f:00.0/undrain', {})
      await panel.getByText('Something in it can be given now').waitFor()
    })

    test('libvirt is asked by operators; a host without one says so', async () => {
      const page = await berths.open('/hosts/gpu-1/groups', { role: 'operator' })
      await page.getByRole('button', { name: 'Ask libvirt' }).click()
      await page.getByText('gpu-1 has no libvirt to ask').waitFor()
      const viewer = await berths.open('/hosts/gpu-1/groups', { role: 'viewer' })
      await viewer.getByRole('tree').waitFor()
      expect(await viewer.getByRole('button', { name: 'Ask libvirt' }).count()).toBe(0)
    })

    test('on a phone and in the dark nothing is wrong with it', async () => {
      const page = await berths.open('/hosts/nic-1/groups?group=13', { phone: true, dark: true })
      await page.getByRole('region', { name: 'IOMMU group 13' }).waitFor()
      expect(await violations(page)).toEqual([])
      const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
      expect(wide).toBe(false)
    })
  })

  describe('SR-IOV', () => {
    const pfOf = async (address: string) => {
      const { pfs } = await berths.ask<HostSriov>('GET', '/v1/hosts/nic-1/sriov')
      return pfs.find((pf) => pf.address === address)
    }

    test('virtual functions are made: as many as asked for, after it is said what that means', async () => {
      const page = await berths.open('/hosts/nic-1/sriov', { role: 'operator' })
      await page.getByRole('button', { name: 'Set virtual functions of 0000:d8:00.0' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('spinbutton').fill('6')
      await dialog.getByText('The host keeps ens7f0').waitFor()
      await dialog.getByRole('button', { name: 'Set', exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
      const pf = page.getByRole('region', { name: 'd8:00.0' })
      await pf.getByRole('row', { name: /^5 d8:/ }).waitFor()
      expect(await violations(page)).toEqual([])
      expect(await pfOf('0000:d8:00.0')).toMatchObject({ numVfs: 6, wantedVfs: 6 })
    })

    test('those that a VM has are named, and stay', async () => {
      const page = await berths.open('/hosts/nic-1/sriov', { role: 'operator' })
      const vm = (await pfOf('0000:3b:00.0'))?.vfs.find((vf) => vf.vm !== null)?.vm
      await page.getByRole('button', { name: 'Set virtual functions of 0000:3b:00.0' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('spinbutton').fill('16')
      await dialog.getByText(`VM ${vm} has 0000:3b:01.0`).waitFor()
      await dialog.getByText('Its 8 virtual functions that there are now will be removed').waitFor()
      expect(await dialog.getByRole('button', { name: 'Set', exact: true }).isDisabled()).toBe(true)
    })

    test('what the controller refuses is shown with its reason', async () => {
      const address = '0000:d8:00.1'
      await berths.ask('POST', `/v1/hosts/nic-1/devices/${address}/reserve`, { reserve: true })
      const page = await berths.open('/hosts/nic-1/sriov', { role: 'operator' })
      await page.getByRole('button', { name: `Set virtual functions of ${address}` }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('spinbutton').fill('2')
      await dialog.getByRole('button', { name: 'Set', exact: true }).click()
      await dialog.getByText('is reserved for VMs and stays on vfio-pci').waitFor()
      expect(await pfOf(address)).toMatchObject({ numVfs: 0, wantedVfs: null })
    })

    test('a viewer sees them and changes nothing; a host without any says so', async () => {
      const page = await berths.open('/hosts/nic-1/sriov', { role: 'viewer' })
      await page.getByRole('region', { name: '3b:00.0' }).getByText('8 of 128').waitFor()
      expect(await page.getByRole('button', { name: /Set virtual functions/ }).count()).toBe(0)
      await page.goto(`${berths.url}/hosts/store-1/sriov`)
      await page.getByText('No device with SR-IOV is known').waitFor()
    })
  })

  describe('USB devices', () => {
    test('by bus and port, with who has them and what the host needs', async () => {
      const page = await berths.open('/hosts/render-1/usb')
      const row = (name: RegExp) => page.getByRole('row', { name })
      await row(/^1-3 AKS HASP HL 3.25 0529:0001 .* attached to VM \d+ \(licence-server\)/).waitFor()
      await row(/^2-1 SanDisk .* in use by the host: sda1 is mounted at \/srv\/rescue/).waitFor()
      await row(/^usb1 Bus 1 on 7e:00.3 .* hub, never given/).waitFor()
      expect(await violations(page)).toEqual([])
      await page.getByLabel('Only those that are free').click()
      await row(/^1-3/).waitFor({ state: 'detached' })
      await row(/^1-4 AKS/).waitFor()
    })

    test('a host without any says so, on a phone, too', async () => {
      const page = await berths.open('/hosts/gpu-1/usb', { phone: true })
      await page.getByText('No USB device is known').waitFor()
      expect(await violations(page)).toEqual([])
    })
  })
})
