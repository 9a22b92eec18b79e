/** The manual pages that the build writes: complete, clean, and safe from what stands in a text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa, execaSync } from 'execa'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { GROUPS, isPassedOn } from '../../src/cli/groups.ts'
import { describingPorts } from '../../src/cli/man/ports.ts'
import { paragraph, quoted, roff, verbatim } from '../../src/cli/man/roff.ts'
import { buildProgram } from '../../src/cli/program.ts'

const folder = resolve(import.meta.dirname, '../../dist/man')
const pages = readdirSync(folder).sort()
const on = (path: string) => existsSync(path)
const page = (name: string) => readFileSync(join(folder, name), 'utf8')

test('there is a page for berth and one for each group, and npm installs all of them', () => {
  const expected = ['berth.1', ...GROUPS.map(({ name }) => `berth-${name}.1`)].sort()
  expect(pages).toEqual(expected)
  expect([...packageJson.man].sort()).toEqual(expected.map((name) => `./dist/man/${name}`).sort())
})

test('each command of the tree stands in its page, with its arguments and options', async () => {
  const ports = describingPorts('0.1.0')
  const root = await buildProgram({ ports, finish: () => {}, repeat: () => {} }, () => true)
  for (const group of root.commands) {
    const text = page(`berth-${group.name()}.1`)
    for (const leaf of group.commands) {
      expect(text).toContain(quoted(`berth ${group.name()} ${leaf.name()} ${leaf.usage()}`))
      for (const { flags } of leaf.options) expect(text).toContain(quoted(flags))
    }
  }
  for (const { flags } of root.options) expect(page('berth.1')).toContain(quoted(flags))
})

test('a group that reads its own arguments shows its own help', () => {
  for (const group of GROUPS.filter(isPassedOn))
    expect(page(`berth-${group.name}.1`)).toMatch(/[Uu]sage|berth/)
  expect(page('berth-probe.1')).toContain('berth probe pci')
})

describe('every page is clean', () => {
  test.skipIf(!on('/usr/bin/mandoc')).each(pages)('for mandoc: %s', async (name) => {
    const { stdout } = await execa('/usr/bin/mandoc', ['-Tlint', '-Wwarning', join(folder, name)], {
      reject: false,
    })
    expect(stdout).toBe('')
  })

  test.skipIf(!on('/usr/bin/groff')).each(pages)('for groff: %s', async (name) => {
    const { stderr } = await execa('/usr/bin/groff', ['-man', '-ww', '-z', '-Tutf8', join(folder, name)], {
      reject: false,
    })
    expect(stderr).toBe('')
  })
})

const HOSTILE = [
  ".so /etc/passwd at a line's start",
  "'br is a request, too",
  'a \\fBbackslash\\fP and \\n[x]',
  'quotes " and \' and ` and ^ and ~ and -- stay',
]

/** As a terminal shows it. */
const shown = (body: string): string =>
  execaSync('/usr/bin/groff', ['-man', '-Tutf8', '-P-cbou', '-rLL=200n'], {
    input: `.TH X 1 "2026-01-01"\n.SH NAME\nx \\- y\n.SH TEXT\n${body}\n`,
  }).stdout

test.skipIf(!on('/usr/bin/groff')).each(HOSTILE)('%s', (text) => {
  expect(shown(paragraph(text))).toContain(text)
  expect(shown(verbatim(text))).toContain(text)
  expect(shown(`.B ${quoted(text)}`)).toContain(text)
  expect(roff(text)).not.toMatch(/^[.']/m)
})
