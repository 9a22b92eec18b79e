/** Pictures of every page on the demo's data, for docs/screens. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { describePage, type OpenOptions } from './browser.ts'

const FOLDER = resolve(import.meta.dirname, '../../docs/screens')

interface Screen {
  readonly name: string
  readonly path: string
  /** What must be there before the picture is taken. */
  readonly awaits: string
  readonly options?: OpenOptions
  readonly act?: (page: Page) => Promise<unknown>
}

const SCREENS: readonly Screen[] = [
  { name: 'hosts', path: '/hosts', awaits: 'gpu-1' },
  { name: 'cluster-map', path: '/hosts?view=map', awaits: 'gpu-1' },
  { name: 'cluster-map-dark', path: '/hosts?view=map', awaits: 'gpu-1', options: { dark: true } },
  { name: 'host-pci', path: '/hosts/nic-1/pci', awaits: 'ADDR' },
  { name: 'host-groups', path: '/hosts/gpu-1/groups', awaits: 'Group' },
  { name: 'templates', path: '/templates', awaits: 'gpu-pair' },
  { name: 'template', path: '/templates/gpu-pair', awaits: 'Input/Output' },
  { name: 'vms', path: '/vms', awaits: 'greedy' },
  { name: 'vm', path: '/vms/gpu', awaits: 'RUNNING' },
  { name: 'vm-waits', path: '/vms/greedy', awaits: 'Smallest change' },
  { name: 'plan', path: '/plan?template=gpu', awaits: 'more' },
  { name: 'phone-vms', path: '/vms', awaits: 'greedy', options: { phone: true } },
]

describePage('the screens', (berths) => {
  test.each(SCREENS)('$name', async ({ name, path, awaits, options, act }) => {
    mkdirSync(FOLDER, { recursive: true })
    const page = await berths.open(path, options)
    await page.getByText(awaits).first().waitFor()
    await act?.(page)
    await page.waitForTimeout(500)
    await page.screenshot({ path: resolve(FOLDER, `${name}.png`) })
  })
})
