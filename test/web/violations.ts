/** What axe (WCAG 2 A and AA, and its own best practices) finds wrong on a page as it is shown now. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** `rule: element`, one line each; none = none was found. */
export async function violations(page: Page): Promise<readonly string[]> {
  // By the debugger, which a Content-Security-Policy does not hold for.
  await page.evaluate(source)
  const found = await page.evaluate<AxeResults>('axe.run()')
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}
