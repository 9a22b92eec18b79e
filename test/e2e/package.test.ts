/** What `npm pack` makes: it holds what is needed and no more, and works where nothing of this repository is around. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const root = resolve(import.meta.dirname, '../..')
/** The one package that the bundle cannot hold: it has machine code. */
const NATIVE = 'better-sqlite3'

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

let folder: string
let packed: Packed
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-package-'))
  // `prepare` would build what the global setup has built.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await execa('npm', args, { cwd: root })
  const [one] = JSON.parse(stdout)
  packed = one
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package', () => {
  test('holds the programs, templates and documents, and neither sources nor tests', () => {
    const tops = new Set(packed.files.map(({ path }) => path.split('/')[0]))
    const files = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']
    expect([...tops].sort()).toEqual([...files, 'dist', 'docs', 'templates'].sort())
    const paths = packed.files.map(({ path }) => path)
    expect(paths.filter((path) => /\.ts$|\.map$|node_modules|\.test\./.test(path))).toEqual([])
    for (const path of ['dist/berth.mjs', 'dist/probe.mjs', 'dist/opennebula-probe.cjs'])
      expect(paths).toContain(path)
    for (const path of ['templates/gpu.tmpl', 'templates/systemd/berth-agent.service', 'docs/errors.md'])
      expect(paths).toContain(path)
    expect(packed.size).toBeLessThan(4_000_000)
  })

  test('runs nothing when it is installed: what it is built with is not there then', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    const scripts = Object.keys(manifest.scripts)
    // npm runs `prepare` of folders and of git repositories, not of packages.
    for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toContain(script)
  })
})

describe('unpacked, with no other package than the native one', () => {
  let program: string
  beforeAll(async () => {
    const home = join(folder, 'lib/node_modules/berth')
    mkdirSync(join(home, 'node_modules'), { recursive: true })
    mkdirSync(join(folder, 'bin'))
    await execa('tar', ['-xzf', join(folder, packed.filename), '-C', home, '--strip-components=1'])
    const native = dirname(createRequire(import.meta.url).resolve(`${NATIVE}/package.json`))
    symlinkSync(native, join(home, 'node_modules', NATIVE))
    program = join(folder, 'bin/berth')
    chmodSync(join(home, 'dist/berth.mjs'), 0o755)
    symlinkSync('../lib/node_modules/berth/dist/berth.mjs', program)
  })

  const berth = (...args: string[]) =>
    execa(program, args, { cwd: folder, env: { BERTH_DB: join(folder, 'berth.db'), BERTH_LISTEN: 'none' } })

  test('says its version and its commands', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    expect((await berth('--version')).stdout).toBe(manifest.version)
    expect((await berth('--help')).stdout).toContain('Usage: berth ')
  })

  test('probes this host, shows schemas, keeps a database and backs it up', async () => {
    expect(JSON.parse((await berth('probe', 'pci', '--format', 'json')).stdout)).toHaveProperty('devices')
    expect(JSON.parse((await berth('schema', 'host-list')).stdout)).toHaveProperty('title')
    await berth('host', 'add', 'sim', '--driver', 'simulator', '--machine', 'sim-gpu-a100')
    expect((await berth('host', 'list')).stdout).toContain('sim')
    await berth('db', 'backup', 'backup.db')
    expect((await berth('db', 'check', '--db', 'backup.db')).stdout).toBe('no problem found')
  })

  test('shows its demo, with the templates beside it', async () => {
    const { stdout } = await berth('demo', '--directory', join(folder, 'demo'))
    expect(stdout).toContain('berth vm')
  })

  test('puts its probe into an OpenNebula’s remotes, from the file beside it', async () => {
    const remotes = join(folder, 'remotes')
    const probes = join(remotes, 'im/kvm-probes.d/host/system')
    mkdirSync(probes, { recursive: true })
    await execa('sh', ['-c', 'printf "#!/bin/sh\\n" > pci.rb && chmod +x pci.rb'], { cwd: probes })
    await berth('opennebula', 'install-probe', remotes)
    expect(readdirSync(probes).length).toBeGreaterThan(0)
  })

  test('serves until it is told to stop', async () => {
    const serving = execa(program, ['serve'], {
      cwd: folder,
      env: { BERTH_DB: join(folder, 'berth.db'), BERTH_LISTEN: 'none' },
      reject: false,
    })
    await new Promise((told) => serving.stderr?.once('data', told))
    await new Promise((resolve) => setTimeout(resolve, 500))
    serving.kill('SIGTERM')
    expect((await serving).exitCode).toBe(0)
  })
})

/** Minutes, and a registry: asked for by name. */
const registry = process.env.BERTH_TEST_REGISTRY === '1'
describe(`installed by npm${registry ? '' : ' (skipped: BERTH_TEST_REGISTRY=1 asks for it)'}`, () => {
  test.skipIf(!registry)('for everybody, it runs', { timeout: 900_000 }, async () => {
    const prefix = join(folder, 'prefix')
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--prefix', prefix]
    await execa('npm', ['install', '--global', ...options, join(folder, packed.filename)])
    const env = { BERTH_DB: join(folder, 'installed.db') }
    await execa(join(prefix, 'bin/berth'), ['demo', '--directory', join(folder, 'demo-2')], {
      cwd: folder,
      env,
    })
    await execa(join(prefix, 'bin/berth'), ['vm', 'list'], { cwd: folder, env })
  })
})
