/** The page in a real browser, served by the shipped `berth demo --serve`: real controller, real database, simulated hosts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import type { Role } from '../../src/model/identity.ts'
import { berthInBackground } from '../e2e/shipped.ts'
import { describeInBrowser, startBrowser } from './chromium.ts'

export interface OpenOptions {
  readonly role?: Role
  /** Of the role `user`: who it is. */
  readonly user?: string
  readonly phone?: boolean
  readonly dark?: boolean
}

export interface Berths {
  readonly url: string
  /** The page at that address, signed in; what goes wrong in it fails the test. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** Beside the page, as an administrator: what the database says. Throws where it is refused. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH', path: string, body?: unknown): Promise<T>
}

const LAPTOP = { width: 1366, height: 820 }
const PHONE = { width: 390, height: 844 }

/**
 * Describes tests of the page, all on one demo of their own. After each, its pages are closed, and it fails where one of them logged
 * an error, threw, or tried what the Content-Security-Policy forbids.
 */
export function describePage(name: string, tests: (berths: Berths) => void): void {
  describeInBrowser(name, () => {
    vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })
    const contexts: BrowserContext[] = []
    const wrong: string[] = []
    const tokens = new Map<string, string>()
    let here: Controller
    let browser: Awaited<ReturnType<typeof startBrowser>>
    const berths: Berths = {
      get url() {
        return here.url
      },
      open: async (path, { role = 'admin', user, phone = false, dark = false } = {}) => {
        const who = user ?? role
        const token = tokens.get(who) ?? (await here.token(who, role, user))
        tokens.set(who, token)
        const context = await browser.newContext({
          viewport: phone ? PHONE : LAPTOP,
          colorScheme: dark ? 'dark' : 'light',
          reducedMotion: 'reduce',
        })
        contexts.push(context)
        const page = await context.newPage()
        page.setDefaultTimeout(15_000)
        page.on('pageerror', (error) => wrong.push(`${path}: ${error.message}`))
        page.on('console', (line) => {
          // The browser says this of each refusal that a test provokes; what the page makes of it is the test's.
          if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
            wrong.push(`${path}: ${line.text()}`)
        })
        await page.goto(`${here.url}${path}#token=${token}`)
        return page
      },
      ask: (method, path, body) => here.ask(method, path, body),
    }
    beforeAll(async () => {
      ;[here, browser] = await Promise.all([startController(), startBrowser()])
    })
    afterEach(async () => {
      await Promise.all(contexts.splice(0).map((context) => context.close()))
      expect(wrong.splice(0)).toEqual([])
    })
    afterAll(async () => {
      await browser?.close()
      await here?.remove()
    })
    tests(berths)
  })
}

interface Controller extends Pick<Berths, 'url' | 'ask'> {
  /** A new token's secret. */
  token(name: string, role: Role, user?: string): Promise<string>
  remove(): Promise<void>
}

/** What `berth demo --serve` prints in the end. */
const OPENS = /(http:\S+)\/#token=(\S+) +opens signed in/

async function startController(): Promise<Controller> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-page-'))
  // As often as can be: tests wait for cycles.
  process.env.BERTH_INTERVAL = '1'
  const program = berthInBackground(
    folder,
    ...['demo', '--serve', '--listen', '127.0.0.1:0', '--directory', join(folder, 'demo')],
  )
  const ended = program.ended.then(({ stderr }) => {
    throw new Error(stderr)
  })
  const opens = vi.waitUntil(() => OPENS.exec(program.printed()), { timeout: 90_000, interval: 50 })
  const [, url = '', admin = ''] = await Promise.race([opens, ended])
  const ask = asking(url, admin)
  return {
    ...{ url, ask },
    token: async (name, role, user) => {
      const wish = { name, role, expiresSeconds: 3600, ...(user !== undefined && { user }) }
      return (await ask<{ readonly token: string }>('POST', '/v1/tokens', wish)).token
    },
    remove: async () => {
      program.signal('SIGKILL')
      await ended.catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function asking(url: string, token: string): Berths['ask'] {
  return async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}
