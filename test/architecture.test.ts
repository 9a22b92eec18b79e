/** The import rules of docs/architecture.md as a table: data flows one way, and this fails where it does not. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Layer -> layers and packages that it may import. Node built-ins are allowed unless the layer is pure. */
const RULES: Readonly<
  Record<string, { imports: readonly string[]; packages: readonly string[]; pure?: true }>
> = {
  'src/model': { imports: [], packages: [], pure: true },
  'src/template': { imports: ['src/model'], packages: ['ajv'], pure: true },
  scheduler: { imports: ['src/model'], packages: [], pure: true },
  probes: { imports: ['src/model', 'src/libvirt'], packages: ['yaml'] },
  'src/libvirt': { imports: ['src/model'], packages: ['execa', 'fast-xml-parser'] },
  'src/vfio': { imports: ['src/model'], packages: ['execa'] },
  'src/deploy': { imports: ['src/model', 'src/libvirt', 'src/vfio'], packages: [] },
  'src/prepare': { imports: ['src/model', 'probes'], packages: ['execa', 'diff'] },
  'src/simulator': { imports: ['src/model', 'src/libvirt', 'src/vfio'], packages: [] },
  'src/database': { imports: ['src/model'], packages: ['kysely', 'better-sqlite3', 'pg'] },
  'src/inventory': { imports: ['src/model', 'src/database', 'src/template'], packages: ['ajv'] },
  'src/claims': { imports: ['src/model', 'src/database'], packages: ['kysely'] },
  'src/orders': { imports: ['src/model', 'src/database'], packages: ['kysely'] },
  'src/lifecycle': {
    imports: ['src/model', 'src/database', 'src/template', 'src/claims', 'src/orders'],
    packages: ['kysely'],
  },
  'src/drift': { imports: ['src/model', 'src/database', 'src/orders'], packages: [] },
  'src/client': { imports: ['src/model'], packages: [] },
  'src/listen': { imports: ['src/model'], packages: ['selfsigned'] },
  'src/agent': {
    imports: ['src/model', 'probes', 'src/deploy', 'src/client'],
    packages: ['better-sqlite3', 'execa'],
  },
  'src/controller': {
    imports: [
      'src/model',
      'src/template',
      'src/database',
      'src/inventory',
      'src/claims',
      'src/orders',
      'src/lifecycle',
      'src/agent',
      'src/view',
      'scheduler',
    ],
    packages: [],
  },
  'src/view': { imports: ['src/model'], packages: [], pure: true },
  'src/cluster-file': { imports: ['src/model', 'src/template', 'src/view', 'scheduler'], packages: ['ajv'] },
  'src/opennebula': { imports: ['src/model', 'src/template', 'src/view', 'scheduler'], packages: [] },
  'src/api': {
    imports: [
      'src/model',
      'src/view',
      'src/template',
      'src/database',
      'src/inventory',
      'src/claims',
      'src/orders',
      'src/lifecycle',
      'src/drift',
      'scheduler',
    ],
    packages: ['fastify', '@fastify/static', 'ajv', 'prom-client'],
  },
  'src/web': {
    imports: ['src/model', 'src/template', 'probes'],
    packages: [
      'react',
      'react-dom',
      'react-router',
      '@patternfly/react-core',
      '@patternfly/react-table',
      '@patternfly/react-icons',
      '@tanstack/react-query',
      '@tanstack/react-virtual',
      'openapi-fetch',
      'eventsource-client',
      'vite',
      '@vitejs/plugin-react',
    ],
  },
  'src/cli': {
    imports: ['src/model', 'src/view', 'src/cluster-file', 'src/template', 'src/client', 'probes'],
    packages: ['commander', 'fast-xml-parser', 'yaml'],
  },
}

/** Single files at the top that put the layers together. */
const ASSEMBLY = /^src\/[a-z-]+\.ts$/

function sources(dir: string): string[] {
  return readdirSync(join(root, dir)).flatMap((name) => {
    const path = join(dir, name)
    if (statSync(join(root, path)).isDirectory()) return sources(path)
    return /\.tsx?$/.test(path) && !path.endsWith('.d.ts') ? [path] : []
  })
}

const layerOf = (file: string): string =>
  file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : (file.split('/')[0] ?? '')

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^(?:import|export|\})[^'\n]*from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

const files = [...sources('src'), ...sources('probes'), ...sources('scheduler')].filter(
  (file) => !ASSEMBLY.test(file),
)

describe('imports follow the flow of the data', () => {
  test('every folder has a rule', () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in RULES))).toEqual([])
  })

  test.each(Object.keys(RULES))('%s imports only what it may', (layer) => {
    const rule = RULES[layer]
    const violations = files
      .filter((file) => layerOf(file) === layer)
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => !allowed(file, specifier, layer))
          .map((specifier) => `${file} imports ${specifier}`),
      )
    expect(rule).toBeDefined()
    expect(violations).toEqual([])
  })
})

function allowed(file: string, specifier: string, layer: string): boolean {
  const rule = RULES[layer]
  if (!rule) return false
  if (specifier.startsWith('node:')) return !rule.pure
  if (specifier.startsWith('.')) {
    const target = layerOf(relative(root, resolve(root, dirname(file), specifier)))
    return target === layer || rule.imports.includes(target)
  }
  const [scope = '', name] = specifier.split('/')
  return rule.packages.includes(scope.startsWith('@') ? `${scope}/${name}` : scope)
}

describe('each source file', () => {
  test.each(['utils', 'helpers', 'index'])('none is called %s', (name) => {
    expect(files.filter((file) => file.endsWith(`/${name}.ts`))).toEqual([])
  })

  test('begins with a sentence that says its place in the flow', () => {
    const silent = files.filter((file) => !readFileSync(join(root, file), 'utf8').startsWith('/**'))
    expect(silent).toEqual([])
  })
})
