/** Writing and taking back when something goes wrong: crashes between writes, other people's changes, commands that fail. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Conflict } from '../../src/model/errors.ts'
import type { Need } from '../../src/model/readiness.ts'
import { applyEdits, commandsDone } from '../../src/prepare/apply.ts'
import { carryOut } from '../../src/prepare/carry-out.ts'
import { type Choices, NO_CHOICES } from '../../src/prepare/choices.ts'
import type { PrepareIo } from '../../src/prepare/command.ts'
import type { Command } from '../../src/prepare/edit.ts'
import { makePlan } from '../../src/prepare/make-plan.ts'
import { takeBack } from '../../src/prepare/take-back.ts'
import { undo, undoDone } from '../../src/prepare/undo.ts'
import type { Tree } from '../support/sysfs-tree.ts'
import { DEBIAN, hostRoot, INTEL, picture, RHEL, setMode } from './host-root.ts'

const NEEDS: readonly Need[] = [...INTEL, { kind: 'module', module: 'vfio-pci' }]
const CHOICES: Choices = { ...NO_CHOICES, early: true, allowUnsafeInterrupts: true }

let tree: Tree
let before: Readonly<Record<string, string>>
beforeEach(() => {
  tree = hostRoot(DEBIAN)
  setMode(tree.root, 'etc/default/grub', 0o604)
  before = picture(tree.root)
})
afterEach(() => tree.remove())

const plan = (needs = NEEDS, choices = CHOICES) => makePlan(tree.root, needs, choices, () => {})
const at = (path: string) => join(tree.root, path)

/** Fails at the n-th change of a host's file, as a kill or a full disk would. */
function failingAt(number: number): () => void {
  let count = 0
  return () => {
    count += 1
    if (count === number) throw new Error('killed')
  }
}

describe('a crash between two writes', () => {
  const writes = 4

  test('there are as many files as the rows below say', () => {
    expect(plan().edits).toHaveLength(writes)
  })

  test.each(Array.from({ length: writes }, (_, index) => index + 1))(
    'at write %i: --undo restores everything',
    (number) => {
      expect(() => applyEdits(tree.root, plan(), false, failingAt(number))).toThrow('killed')
      expect(undo(tree.root)).not.toBeNull()
      undoDone(tree.root)
      expect(picture(tree.root)).toEqual(before)
    },
  )

  test.each(Array.from({ length: writes }, (_, index) => index + 1))(
    'at write %i: the next --apply completes it, and --undo still knows the originals',
    (number) => {
      expect(() => applyEdits(tree.root, plan(), false, failingAt(number))).toThrow('killed')
      applyEdits(tree.root, plan(), false)
      expect(plan().edits).toEqual([])
      undo(tree.root)
      undoDone(tree.root)
      expect(picture(tree.root)).toEqual(before)
    },
  )

  test.each(Array.from({ length: writes }, (_, index) => index + 1))(
    'at step %i of an undo: undo again completes it',
    (number) => {
      applyEdits(tree.root, plan(), false)
      expect(() => undo(tree.root, failingAt(number))).toThrow('killed')
      undo(tree.root)
      undoDone(tree.root)
      expect(picture(tree.root)).toEqual(before)
    },
  )

  test('a temporary file that it left goes too', () => {
    applyEdits(tree.root, plan(), false)
    writeFileSync(at('etc/default/.grub.berth-new'), 'half')
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual(before)
  })
})

describe('somebody else', () => {
  test('who changes a file between plan and writing stops it before anything is written', () => {
    const made = plan()
    writeFileSync(at('etc/initramfs-tools/modules'), 'changed\n')
    const now = picture(tree.root)
    expect(() => applyEdits(tree.root, made, false)).toThrow(
      '/etc/initramfs-tools/modules has changed since the plan was made',
    )
    expect(picture(tree.root)).toEqual(now)
  })

  test('who makes a file that was to be made stops it too', () => {
    const made = plan()
    tree.write('etc/modules-load.d/berth.conf', 'mine\n')
    expect(() => applyEdits(tree.root, made, false)).toThrow('/etc/modules-load.d/berth.conf has changed')
  })

  test.each([
    ['content', () => writeFileSync(at('etc/default/grub'), 'GRUB_TIMEOUT=1\n')],
    ['mode', () => chmodSync(at('etc/default/grub'), 0o777)],
    ['presence', () => rmSync(at('etc/default/grub'))],
  ])(
    'who changes a file (%s) after it was written: undo names it, says the way, and touches nothing',
    (_, change) => {
      applyEdits(tree.root, plan(), false)
      change()
      const now = picture(tree.root)
      expect(() => undo(tree.root)).toThrow(
        /changed by somebody else since Berth wrote it: \/etc\/default\/grub\. Nothing was touched\./,
      )
      expect(picture(tree.root)).toEqual(now)
    },
  )

  const edit = () => writeFileSync(at('etc/default/grub'), grubText().replace('quiet', 'quiet splash'))
  const grubText = () => readFileSync(at('etc/default/grub'), 'utf8')

  test.each([
    ['the same file', INTEL, { ...NO_CHOICES, iommuPassthrough: true }],
    ['another file', NEEDS, NO_CHOICES],
  ])(
    'who changes a file between two applications, the second of %s, keeps the change',
    (_, needs, choices) => {
      applyEdits(tree.root, plan(INTEL, NO_CHOICES), false)
      edit()
      expect(applyEdits(tree.root, plan(needs, choices), true)).toEqual(['/etc/default/grub'])
      commandsDone(tree.root, [])
      const now = picture(tree.root)
      expect(now['etc/default/grub']).toContain('quiet splash intel_iommu=on')
      expect(() => undo(tree.root)).toThrow(/changed by somebody else .*: \/etc\/default\/grub\. Nothing was/)
      expect(picture(tree.root)).toEqual(now)
    },
  )

  test('who changes a file before it was written for the first time is in no way: that is the original', () => {
    edit()
    before = picture(tree.root)
    expect(applyEdits(tree.root, plan(), false)).toEqual([])
    expect(applyEdits(tree.root, plan(NEEDS, { ...CHOICES, iommuPassthrough: true }), false)).toEqual([])
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual(before)
  })

  test.each([
    ['content', () => edit()],
    ['mode', () => chmodSync(at('etc/default/grub'), 0o777)],
    ['presence', () => rmSync(at('etc/default/grub'))],
    [
      'kind',
      () => {
        rmSync(at('etc/default/grub'))
        tree.write('etc/default/mine', 'mine\n')
        symlinkSync('mine', at('etc/default/grub'))
      },
    ],
    ['a file of Berth', () => tree.write('etc/modules-load.d/berth.conf', 'mine\n')],
    [
      'a link of Berth',
      () => {
        rmSync(at('etc/mine.link'))
        symlinkSync('elsewhere', at('etc/mine.link'))
      },
    ],
  ])('the way out that is printed is one (%s)', (_, change) => {
    symlinkSync('there', at('etc/mine.link'))
    before = picture(tree.root)
    const link = { kind: 'link', path: '/etc/mine.link', before: 'there', after: 'here', why: [] } as const
    const made = plan()
    applyEdits(tree.root, { ...made, edits: [...made.edits, link] }, false)
    change()
    const ways = linesOfRefusal()
    expect(ways).toHaveLength(1)
    // As root's umask may be, and not as the file's mode was.
    for (const way of ways) execFileSync('sh', ['-c', `umask 077; ${way}`])
    expect(undo(tree.root)).not.toBeNull()
    undoDone(tree.root)
    const { 'etc/default/mine': theirs, ...rest } = picture(tree.root)
    expect(theirs).toBe(_ === 'kind' ? '644 mine\n' : undefined)
    expect(rest).toEqual(before)
  })

  test('who puts the original back before the next application is forgotten', () => {
    applyEdits(tree.root, plan(INTEL, NO_CHOICES), false)
    edit()
    applyEdits(tree.root, plan(NEEDS, CHOICES), false)
    for (const way of linesOfRefusal()) execFileSync('sh', ['-c', way])
    expect(applyEdits(tree.root, plan(), false)).toEqual([])
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual(before)
  })

  function linesOfRefusal(): readonly string[] {
    try {
      undo(tree.root)
    } catch (error) {
      if (error instanceof Conflict) return [...error.message.matchAll(/^ {2}(.*)$/gm)].map((m) => m[1] ?? '')
      throw error
    }
    return []
  }

  test('a command of an undo that changes a file once more is not taken for somebody else', async () => {
    applyEdits(tree.root, plan(INTEL, NO_CHOICES), false)
    edit()
    applyEdits(tree.root, plan(NEEDS, CHOICES), false)
    for (const way of linesOfRefusal()) execFileSync('sh', ['-c', way])
    const rewrites = () => {
      writeFileSync(at('etc/default/grub'), `${grubText().trimEnd()}  \n`)
      return 1
    }
    expect(await here(rewrites).back()).toBe(1)
    expect(await here().back()).toBe(0)
    expect(picture(tree.root)).toEqual(before)
  })

  test('who has put the original back is in no way of the undo', () => {
    applyEdits(tree.root, plan(), false)
    writeFileSync(at('etc/default/grub'), before['etc/default/grub']?.slice('604 '.length) ?? '')
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual(before)
  })

  test('who puts files into a folder that Berth made keeps them', () => {
    applyEdits(tree.root, plan(), false)
    tree.write('etc/modprobe.d/mine.conf', 'options x y=1\n')
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual({
      ...before,
      'etc/modprobe.d': 'folder',
      'etc/modprobe.d/mine.conf': '644 options x y=1\n',
    })
  })
})

describe('several applications', () => {
  test('one undo takes all of them back', () => {
    applyEdits(tree.root, plan(INTEL, NO_CHOICES), false)
    applyEdits(tree.root, plan(NEEDS, { ...CHOICES, iommuPassthrough: true }), false)
    expect(readFileSync(at('etc/default/grub'), 'utf8')).toContain('intel_iommu=on iommu=pt')
    undo(tree.root)
    undoDone(tree.root)
    expect(picture(tree.root)).toEqual(before)
  })
})

/** As on the running host: commands are run. */
function here(status: (command: Command) => number = () => 0) {
  const out = { stdout: '', stderr: '' }
  const ran: string[] = []
  const io = {
    stdout: (text: string) => {
      out.stdout += text
    },
    stderr: (text: string) => {
      out.stderr += text
    },
    readNeeds: async () => [],
    runCommand: async (command: Command) => {
      ran.push(command.argv.join(' '))
      const exitStatus = status(command)
      return { command, exitStatus, output: exitStatus === 0 ? '' : 'no space left' }
    },
  }
  const mode = { root: tree.root, json: false, run: true }
  return {
    io,
    mode,
    ran,
    out,
    apply: (made = plan(), its: PrepareIo = io) => carryOut(made, mode, true, [], its),
    back: () => takeBack(mode, io),
  }
}

describe('commands', () => {
  test('are run after the files, each told before it runs', async () => {
    const host = here()
    expect(await host.apply()).toBe(0)
    expect(host.ran).toEqual(['update-initramfs -u -k all', 'update-grub'])
    expect(host.out.stdout).toContain('running update-grub\n')
    expect(await host.back()).toBe(0)
    expect(host.ran.slice(2)).toEqual(['update-initramfs -u -k all', 'update-grub'])
    expect(picture(tree.root)).toEqual(before)
  })

  test('that fail are told with what they said and what remains, and run at the next time', async () => {
    const broken = here(({ argv }) => (argv[0] === 'update-initramfs' ? 1 : 0))
    expect(await broken.apply()).toBe(1)
    expect(broken.ran).toEqual(['update-initramfs -u -k all'])
    expect(broken.out.stderr).toContain(
      'update-initramfs -u -k all failed with exit status 1:\n    no space left\n',
    )
    expect(broken.out.stderr).toContain('  update-initramfs -u -k all\n  update-grub\n')
    const mended = here()
    expect(await mended.apply()).toBe(0)
    expect(mended.ran).toEqual(['update-initramfs -u -k all', 'update-grub'])
    const idle = here()
    expect(await idle.apply()).toBe(0)
    expect([idle.ran, idle.out.stdout]).toEqual([[], expect.stringMatching(/^Nothing to do/)])
  })

  test('that fail during an undo leave it to be run again', async () => {
    await here().apply()
    expect(await here(() => 1).back()).toBe(1)
    expect(picture(tree.root)).toEqual(before)
    const again = here()
    expect(await again.back()).toBe(0)
    expect(again.ran).toEqual(['update-initramfs -u -k all', 'update-grub'])
    expect(existsSync(at('var/lib/berth/prepare'))).toBe(false)
  })

  test('that rewrite a file, as grubby does, are not taken for somebody else, in either direction', async () => {
    tree.remove()
    tree = hostRoot(RHEL)
    before = picture(tree.root)
    const rewrites = () => {
      const text = readFileSync(at('etc/default/grub'), 'utf8')
      writeFileSync(at('etc/default/grub'), `${text.trimEnd()}  \n`)
      return 0
    }
    const host = here(rewrites)
    expect(await host.apply()).toBe(0)
    expect(await host.back()).toBe(0)
    expect(host.ran).toEqual([
      'dracut --force --regenerate-all',
      'grubby --update-kernel=ALL --args=intel_iommu=on',
      'dracut --force --regenerate-all',
      'grubby --update-kernel=ALL --remove-args=intel_iommu=on',
    ])
    expect(picture(tree.root)).toEqual(before)
  })
})

describe('one at a time', () => {
  const lock = () => at('var/lib/berth/prepare/lock')
  const dead = () => spawnSync('true').pid

  test('of six at once one writes; the others are told who is at it', async () => {
    let free = () => {}
    const busy = new Promise<void>((resolve) => {
      free = resolve
    })
    const hosts = Array.from({ length: 6 }, () => here())
    const runs = hosts.map(({ apply, io }) =>
      apply(plan(), { ...io, runCommand: (command) => busy.then(() => io.runCommand(command)) }),
    )
    await expect(runs[5]).rejects.toThrow(`process ${process.pid} is preparing this host (${lock()})`)
    await expect(here().back()).rejects.toMatchObject({ code: 'prepare-busy', facts: { pid: process.pid } })
    free()
    const ends = await Promise.allSettled(runs)
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', ...Array(5).fill('rejected')])
    expect(await here().back()).toBe(0)
    expect(picture(tree.root)).toEqual(before)
  })

  test("a living process's lock is left to it, a dead one's is taken over, for --apply and --undo", async () => {
    tree.write('var/lib/berth/prepare/lock', `${process.ppid}\n`)
    await expect(here().apply()).rejects.toThrow(`process ${process.ppid} is preparing this host`)
    expect(picture(tree.root)).toEqual(before)
    for (const left of [`${dead()}\n`, '']) {
      writeFileSync(lock(), left)
      expect(await here().apply()).toBe(0)
      expect(existsSync(lock())).toBe(false)
      writeFileSync(lock(), left)
      expect(await here().back()).toBe(0)
      expect(picture(tree.root)).toEqual(before)
      tree.write('var/lib/berth/prepare/lock', '')
    }
  })

  test('it is given back where the work fails', async () => {
    const made = plan()
    writeFileSync(at('etc/initramfs-tools/modules'), 'changed\n')
    await expect(here().apply(made)).rejects.toThrow('has changed since the plan was made')
    expect(existsSync(at('var'))).toBe(false)
    expect(await here().apply()).toBe(0)
  })
})

describe('the folder of the store', () => {
  test('goes with --undo where it was not there before', async () => {
    await here().apply()
    await here().apply(plan(NEEDS, { ...CHOICES, iommuPassthrough: true }))
    expect(existsSync(at('var/lib/berth/prepare/manifest.json'))).toBe(true)
    await here().back()
    expect(existsSync(at('var'))).toBe(false)
  })

  test('stays where it was, empty or not', async () => {
    tree.write('var/lib/berth', 'folder:')
    await here().apply()
    await here().back()
    expect(readdirSync(at('var/lib/berth'))).toEqual([])
  })

  test('is not made where nothing is to be done', async () => {
    expect(await here().apply(plan([], NO_CHOICES))).toBe(0)
    expect(await here().back()).toBe(0)
    expect(existsSync(at('var'))).toBe(false)
  })
})

test('--undo tells the files that it removed from those that it put back', async () => {
  await here().apply()
  const host = here()
  await host.back()
  expect(
    host.out.stdout
      .split('\n')
      .filter((line) => line.includes(': /'))
      .sort(),
  ).toEqual([
    'as it was before: /etc/default/grub',
    'as it was before: /etc/initramfs-tools/modules',
    'removed: /etc/modprobe.d/berth.conf',
    'removed: /etc/modules-load.d/berth.conf',
  ])
})

test('any choices: written once, nothing is left to be written, other lines stay, and undo is exact', () => {
  const line = fc.constantFrom(
    '# a comment',
    '',
    'options vfio-pci ids=1234:5678 disable_vga=1',
    'blacklist nouveau',
    'softdep a pre: b',
    'options vfio_iommu_type1 allow_unsafe_interrupts=0',
  )
  const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.map((each) => `${each}\n`).join(''))
  const choices = fc.record({
    ...{
      blacklist: fc.subarray(['nouveau', 'snd_hda_intel']),
      early: fc.boolean(),
      iommuPassthrough: fc.boolean(),
    },
    allowUnsafeInterrupts: fc.boolean(),
  })
  fc.assert(
    fc.property(text, choices, fc.subarray([...NEEDS]), (modprobe, chosen, needs) => {
      tree.remove()
      tree = hostRoot({ ...DEBIAN, 'etc/modprobe.d/mine.conf': modprobe })
      const start = picture(tree.root)
      const wanted = { ...NO_CHOICES, ...chosen }
      applyEdits(tree.root, plan(needs, wanted), false)
      expect(plan(needs, wanted).edits).toEqual([])
      const others = (content: string) => content.split('\n').filter((each) => !each.includes('allow_unsafe'))
      expect(others(readFileSync(at('etc/modprobe.d/mine.conf'), 'utf8'))).toEqual(others(modprobe))
      undo(tree.root)
      undoDone(tree.root)
      expect(picture(tree.root)).toEqual(start)
    }),
    { numRuns: 40 },
  )
})
