/** GRUB's settings: what is written takes effect in a real shell, and nothing else changes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedGrub, effectiveWords, type ShellFile } from '../../src/prepare/grub.ts'
import { hasData, readData } from '../support/shared-data.ts'

const GRUB = '/etc/default/grub'
const main = (text: string): ShellFile[] => [{ path: GRUB, text }]
const ON = { add: ['intel_iommu=on'], remove: [] }
const DEFAULT = 'GRUB_CMDLINE_LINUX_DEFAULT'

/** What a shell that reads the files in their order makes of the command line, as grub-mkconfig does. */
function inShell(files: readonly ShellFile[]): readonly string[] {
  const dir = mkdtempSync(join(tmpdir(), 'berth-grub-'))
  const paths = files.map(({ text }, index) => {
    const path = join(dir, String(index))
    writeFileSync(path, text)
    return path
  })
  const script = `for f; do . "$f"; done; printf '%s %s' "$GRUB_CMDLINE_LINUX" "$GRUB_CMDLINE_LINUX_DEFAULT"`
  const { stdout, status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...paths], { encoding: 'utf8' })
  rmSync(dir, { recursive: true })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split(/\s+/).filter((word) => word !== '')
}

const PLAIN = `# Settings of this host; run update-grub afterwards
GRUB_DEFAULT=0
GRUB_TIMEOUT=5 # seconds
GRUB_DISTRIBUTOR=\`echo "it's a test"\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX=""
#GRUB_CMDLINE_LINUX_DEFAULT="commented out"
`

describe('a parameter that is missing', () => {
  test.each([
    [
      'goes behind the others',
      'X="a"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
      'X="a"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\n',
    ],
    ['goes between single quotes', `${DEFAULT}='quiet'\n`, `${DEFAULT}='quiet intel_iommu=on'\n`],
    ['gives a bare word quotes', `${DEFAULT}=quiet # loud\n`, `${DEFAULT}="quiet intel_iommu=on" # loud\n`],
    ['fills an empty value', `${DEFAULT}=\n`, `${DEFAULT}="intel_iommu=on"\n`],
    ['fills empty quotes', `${DEFAULT}=""`, `${DEFAULT}="intel_iommu=on"`],
    ['stands behind quotes of several kinds', `${DEFAULT}="a"'b'\n`, `${DEFAULT}="a"'b intel_iommu=on'\n`],
    [
      'stands behind a word that ends unquoted',
      `${DEFAULT}="a b"c\n`,
      `${DEFAULT}="a b"c" intel_iommu=on"\n`,
    ],
    ['keeps an escaped quote', `${DEFAULT}="x=\\"a b\\""\n`, `${DEFAULT}="x=\\"a b\\" intel_iommu=on"\n`],
    ['gets a line where there is none', 'GRUB_TIMEOUT=1', `GRUB_TIMEOUT=1\n${DEFAULT}="intel_iommu=on"\n`],
    [
      'goes to the last of two values',
      `${DEFAULT}="a"\n${DEFAULT}="b"\n`,
      `${DEFAULT}="a"\n${DEFAULT}="b intel_iommu=on"\n`,
    ],
    [
      'goes to the value that later ones keep',
      `${DEFAULT}="a"\n${DEFAULT}="$${DEFAULT} b"\n`,
      `${DEFAULT}="a intel_iommu=on"\n${DEFAULT}="$${DEFAULT} b"\n`,
    ],
    [
      'is found missing behind a comment that has it',
      `#${DEFAULT}="intel_iommu=on"\n${DEFAULT}="a"\n`,
      `#${DEFAULT}="intel_iommu=on"\n${DEFAULT}="a intel_iommu=on"\n`,
    ],
    [
      'keeps what only a shell can tell',
      `${DEFAULT}="$(echo a) \${other:-b}"\n`,
      `${DEFAULT}="$(echo a) \${other:-b} intel_iommu=on"\n`,
    ],
    ['crosses a line that goes on', `${DEFAULT}="a \\\n  b"\n`, `${DEFAULT}="a \\\n  b intel_iommu=on"\n`],
    [
      'is not missed in an exported value',
      `export ${DEFAULT}="a"\n`,
      `export ${DEFAULT}="a intel_iommu=on"\n`,
    ],
  ])('%s', (_, before, after) => {
    const files = changedGrub(main(before), ON, DEFAULT)
    expect(files[0]?.text).toBe(after)
    expect(inShell(files)).toContain('intel_iommu=on')
  })

  test('is added to the file whose value wins: a drop-in that sets it anew', () => {
    const files = [
      ...main(PLAIN),
      { path: '/etc/default/grub.d/50-cloud.cfg', text: `${DEFAULT}="console=ttyS0"\n` },
    ]
    const changed = changedGrub(files, ON, DEFAULT)
    expect(changed.map(({ text }) => text)).toEqual([PLAIN, `${DEFAULT}="console=ttyS0 intel_iommu=on"\n`])
    expect(inShell(changed)).toEqual(['console=ttyS0', 'intel_iommu=on'])
  })

  test("leaves a package's drop-in that only appends as it is", () => {
    const dropIn = {
      path: '/etc/default/grub.d/kdump.cfg',
      text: `${DEFAULT}="$${DEFAULT} crashkernel=512M"\n`,
    }
    const changed = changedGrub([...main(PLAIN), dropIn], ON, DEFAULT)
    expect(changed[1]).toEqual(dropIn)
    expect(inShell(changed)).toEqual(['quiet', 'splash', 'intel_iommu=on', 'crashkernel=512M'])
  })

  test('goes to GRUB_CMDLINE_LINUX where that is asked for', () => {
    const [file] = changedGrub(main(PLAIN), ON, 'GRUB_CMDLINE_LINUX')
    expect(file?.text).toBe(PLAIN.replace('LINUX=""', 'LINUX="intel_iommu=on"'))
  })
})

describe('what is in effect is not written again', () => {
  test.each([
    ['in GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX="intel_iommu=on"\n'],
    ['in GRUB_CMDLINE_LINUX_DEFAULT', `${DEFAULT}="quiet intel_iommu=on"\n`],
    ['among other values', `${DEFAULT}="intel_iommu=on,sm_on"\n`],
    ['through another variable', `extra="intel_iommu=on"\n${DEFAULT}="quiet $extra"\n`],
    ['kept by a later value', `${DEFAULT}="intel_iommu=on"\n${DEFAULT}="\${${DEFAULT}} b"\n`],
  ])('%s', (_, text) => {
    expect(changedGrub(main(text), ON, DEFAULT)).toEqual(main(text))
    expect(inShell(main(text)).join(' ')).toContain('intel_iommu=on')
  })

  test('but a value that a later one replaces is not in effect', () => {
    const changed = changedGrub(main(`${DEFAULT}="intel_iommu=on"\n${DEFAULT}="quiet"\n`), ON, DEFAULT)
    expect(inShell(changed)).toEqual(['quiet', 'intel_iommu=on'])
  })
})

describe('a word that says the opposite', () => {
  test.each([
    [
      'is replaced where it stands',
      `${DEFAULT}="a intel_iommu=off b"\n`,
      `${DEFAULT}="a intel_iommu=on b"\n`,
    ],
    [
      'is replaced in the other variable',
      `GRUB_CMDLINE_LINUX=intel_iommu=off\n${DEFAULT}="a"\n`,
      `GRUB_CMDLINE_LINUX=intel_iommu=on\n${DEFAULT}="a"\n`,
    ],
    [
      'keeps its other values',
      `${DEFAULT}="intel_iommu=off,strict"\n`,
      `${DEFAULT}="intel_iommu=strict intel_iommu=on"\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(changedGrub(main(before), ON, DEFAULT)[0]?.text).toBe(after)
  })

  test('is told by its name whether that has - or _, as in the kernel', () => {
    const wish = { add: ['amd_iommu=on'], remove: ['amd_iommu=off'] }
    const [file] = changedGrub(main(`${DEFAULT}="quiet amd-iommu=off"\n`), wish, DEFAULT)
    expect(file?.text).toBe(`${DEFAULT}="quiet amd_iommu=on"\n`)
    const there = main(`${DEFAULT}="intel-iommu=on"\n`)
    expect(changedGrub(there, ON, DEFAULT)).toEqual(there)
  })

  test.each([
    ['vfio-pci', `${DEFAULT}="module_blacklist=vfio-pci"\n`, `${DEFAULT}=""\n`],
    ['vfio-pci', `${DEFAULT}="a module-blacklist=x,vfio_pci,y"\n`, `${DEFAULT}="a module-blacklist=x,y"\n`],
  ])('module_blacklist=%s is taken out of %j', (module, before, after) => {
    const wish = { add: [], remove: [`module_blacklist=${module}`] }
    expect(changedGrub(main(before), wish, DEFAULT)[0]?.text).toBe(after)
  })

  test.each([
    [`${DEFAULT}="intel_iommu=off a"\n`, `${DEFAULT}="a"\n`],
    [`${DEFAULT}="a intel_iommu=off"\n`, `${DEFAULT}="a"\n`],
    [`${DEFAULT}="a intel_iommu=off b"\n`, `${DEFAULT}="a b"\n`],
    [`${DEFAULT}=intel_iommu=off\n`, `${DEFAULT}=\n`],
    [`${DEFAULT}="intel_iommu=off,strict"\n`, `${DEFAULT}="intel_iommu=strict"\n`],
    [`${DEFAULT}="a"\n`, `${DEFAULT}="a"\n`],
    [`${DEFAULT}="a intel-iommu=off,strict"\n`, `${DEFAULT}="a intel-iommu=strict"\n`],
  ])('taken out of %j it leaves %j', (before, after) => {
    expect(changedGrub(main(before), { add: [], remove: ['intel_iommu=off'] }, DEFAULT)[0]?.text).toBe(after)
  })
})

describe('what cannot be told from the text is refused with file and line', () => {
  test.each([
    [
      'an unterminated quote',
      `A=1\n${DEFAULT}="quiet\nB=2\n`,
      'line 2: a quotation that begins with " and does not end',
    ],
    ['an unterminated single quote', "A='b\n", "line 1: a quotation that begins with '"],
    ['an unterminated backquote', '\n\nA=`b\n', 'line 3: a quotation that begins with `'],
    ['an unterminated substitution', 'A=$(b\n', 'line 1: an expansion that begins with $('],
    [
      'a value under a condition',
      `if true; then\n  ${DEFAULT}="a"\nfi\n`,
      `line 2: ${DEFAULT} is set only under a condition`,
    ],
    [
      'a value behind &&',
      `[ -n "$x" ] && ${DEFAULT}="a"\n`,
      'line 1: GRUB_CMDLINE_LINUX_DEFAULT is set only under a condition',
    ],
    ['a value for one command only', `${DEFAULT}=a true\n`, 'under a condition'],
    ['a value in a function', `f() {\n  ${DEFAULT}=a\n}\n`, 'line 2'],
    ['another file', `. /etc/default/other\n`, 'line 1: "." changes settings'],
    ['a value that is taken back', `${DEFAULT}=a\nunset ${DEFAULT}\n`, 'line 2: "unset"'],
    ['a here-document', 'cat <<EOF\nx\nEOF\n', 'line 1: a here-document'],
    [
      'an opposite that only a shell can read',
      `x="intel_iommu=off"\n${DEFAULT}="$x"\n`,
      '"intel_iommu=on" would not take effect',
    ],
    ['a byte order mark', `\ufeff${DEFAULT}="a"\n`, 'line 1: a character U+FEFF'],
    ['a no-break space behind a value', `A=1\n${DEFAULT}="a"\u00a0\n`, 'line 2: a character U+00A0'],
    ['a no-break space between parameters', `A=1\n${DEFAULT}="a\u00a0b"\n`, 'line 2: a character U+00A0'],
    ['a form feed between parameters', `${DEFAULT}="a\fb"\n`, 'line 1: a character U+000C'],
    ['a command line that goes on to init', `${DEFAULT}="a -- b"\n`, 'would not take effect'],
    [
      'a value that makes a new one of the old',
      `${DEFAULT}="a"\n${DEFAULT}="\${${DEFAULT}#a}"\n${DEFAULT}="\${${DEFAULT}:+}"\n`,
      '',
    ],
  ])('%s', (_, text, message) => {
    const refused = () => changedGrub(main(text), ON, DEFAULT)
    if (message === '') return expect(inShell(refused())).toContain('intel_iommu=on')
    expect(refused).toThrow(message)
    expect(refused).toThrow(`${GRUB}, line `)
  })

  test.each([
    [
      'other settings under a condition',
      `if [ -x /bin/true ]; then GRUB_TIMEOUT=1; fi\ncase x in a) b=1;; *) c=2;; esac\n${DEFAULT}="a"\n`,
    ],
    ['a function before', `f() { x=1; }\n${DEFAULT}="a"\n`],
    ['a subshell before', `(x=1; y=2)\n${DEFAULT}="a"\n`],
  ])('%s is no reason', (_, text) => {
    expect(inShell(changedGrub(main(text), ON, DEFAULT))).toEqual(['a', 'intel_iommu=on'])
  })
})

describe('any command line', () => {
  const words = fc.array(
    fc.constantFrom(
      'quiet',
      'splash',
      'intel_iommu=off',
      'intel_iommu=on,sm_on',
      'iommu=soft',
      'console=ttyS0,115200',
      'x=\\"a b\\"',
      '$MORE',
    ),
    { maxLength: 5 },
  )
  const line = fc.oneof(
    fc.constantFrom('# a comment, "half quoted', '', 'GRUB_TIMEOUT=5', 'MORE="a b"', "OTHER='x'  # behind"),
    fc
      .tuple(fc.constantFrom('GRUB_CMDLINE_LINUX', DEFAULT), fc.constantFrom('', '$'), words)
      .map(([name, own, list]) => `${name}="${[...(own === '' ? [] : [`$${name}`]), ...list].join(' ')}"`),
  )
  const files = fc.tuple(fc.array(line, { maxLength: 6 }), fc.array(line, { maxLength: 4 })).map(([a, b]) => [
    { path: GRUB, text: a.map((l) => `${l}\n`).join('') },
    { path: '/etc/default/grub.d/60.cfg', text: b.map((l) => `${l}\n`).join('') },
  ])

  test('has the parameters in effect afterwards, once more changes nothing, and all other lines stay', () => {
    fc.assert(
      fc.property(files, (before) => {
        const wish = { add: ['intel_iommu=on', 'iommu=pt'], remove: ['intel_iommu=sm_on'] }
        const after = changedGrub(before, wish, DEFAULT)
        expect(changedGrub(after, wish, DEFAULT)).toEqual(after)
        const effect = effectiveWords(after)
        expect(effect).toContain('iommu=pt')
        expect(effect.join(' ')).not.toMatch(/intel_iommu=\S*off|sm_on|iommu=soft/)
        const others = (list: readonly ShellFile[]) =>
          list.flatMap(({ text }) =>
            text.split('\n').filter((l) => l !== '' && !l.startsWith('GRUB_CMDLINE')),
          )
        expect(others(after)).toEqual(others(before))
      }),
    )
  })

  test('is what a shell makes of it', () => {
    fc.assert(
      fc.property(files, (before) => {
        const after = changedGrub(before, ON, DEFAULT)
        expect(inShell(after).join(' ')).toMatch(/(^| )intel_iommu=on\b/)
      }),
      { numRuns: 25 },
    )
  })
})

describe.each(['kubernetes', 'openstack'])("a real server's file (%s)", (name) => {
  const path = `hotsos/${name}/etc_default_grub`
  test.skipIf(!hasData(path))('gets the parameter and keeps every other line', () => {
    const text = readData(path)
    const [file] = changedGrub(main(text), ON, DEFAULT)
    const kept = (t = '') => t.split('\n').filter((l) => !l.startsWith(`${DEFAULT}=`))
    expect(kept(file?.text)).toEqual(kept(text))
    expect(effectiveWords(file === undefined ? [] : [file])).toContain('intel_iommu=on')
  })
})
