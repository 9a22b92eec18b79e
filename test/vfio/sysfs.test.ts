import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CommandFailed } from '../../src/model/errors.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { scratch } from '../simulator/small-machine.ts'

const failure = async (work: Promise<unknown>): Promise<CommandFailed> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof CommandFailed) return error
  throw new Error(`expected a CommandFailed, got ${error}`)
}

function tree() {
  const root = scratch()
  mkdirSync(join(root, 'dev'))
  writeFileSync(join(root, 'dev/class'), '0x030000\n')
  writeFileSync(join(root, 'dev/config'), Buffer.from([0xde, 0x10, 0xff, 0x00]))
  symlinkSync('../../gone/drivers/vfio-pci', join(root, 'dev/driver'))
  return { root, sysfs: realSysfs(root) }
}

describe('reading', () => {
  test('a file comes trimmed, a link as its last part even where it dangles, a folder sorted', async () => {
    const { sysfs } = tree()
    expect(await sysfs.read('dev/class')).toBe('0x030000')
    expect(await sysfs.link('dev/driver')).toBe('vfio-pci')
    expect(await sysfs.list('dev')).toEqual(['class', 'config', 'driver'])
    expect(await sysfs.exists('dev/class')).toBe(true)
  })

  test('bytes come unchanged, and fewer where the file is shorter', async () => {
    const { sysfs } = tree()
    expect(await sysfs.bytes('dev/config', 3)).toEqual(new Uint8Array([0xde, 0x10, 0xff]))
    expect(await sysfs.bytes('dev/config', 64)).toHaveLength(4)
  })

  test('what is not there is null, false or empty, also below something that is no folder', async () => {
    const { sysfs } = tree()
    for (const path of ['dev/nothing', 'dev/class/below']) {
      expect(await sysfs.read(path)).toBeNull()
      expect(await sysfs.bytes(path, 4)).toBeNull()
      expect(await sysfs.link(path)).toBeNull()
      expect(await sysfs.exists(path)).toBe(false)
      expect(await sysfs.list(path)).toEqual([])
    }
  })

  test('what is there and cannot be read is an error, not an absence', async () => {
    const { sysfs } = tree()
    const error = await failure(sysfs.read('dev'))
    expect(error.code).toBe('sysfs-unreadable')
    expect(error.facts).toMatchObject({ path: 'dev', errno: 'EISDIR' })
  })
})

describe('writing', () => {
  test('one write reaches the file', async () => {
    const { root, sysfs } = tree()
    writeFileSync(join(root, 'dev/driver_override'), '')
    await sysfs.write('dev/driver_override', 'vfio-pci')
    expect(readFileSync(join(root, 'dev/driver_override'), 'utf8')).toBe('vfio-pci')
  })

  test('a file that is not there is not created', async () => {
    const { sysfs } = tree()
    const error = await failure(sysfs.write('dev/sriov_numvfs', '2'))
    expect(error.code).toBe('sysfs-write-failed')
    expect(error.facts).toMatchObject({ errno: 'ENOENT', reason: 'No such file or directory' })
    expect(await sysfs.exists('dev/sriov_numvfs')).toBe(false)
  })

  test("the kernel's refusal comes with its words and errno", async () => {
    const error = await failure(realSysfs('/dev').write('full', 'x'))
    expect(error.facts).toMatchObject({ path: 'full', text: 'x', errno: 'ENOSPC' })
    expect(error.message).toContain('No space left on device')
  })

  test('a write that the kernel does not answer ends with the time-out and holds nothing back', async () => {
    const { root, sysfs } = tree()
    // Opening a pipe that nobody reads blocks, as a driver's remove function does.
    execFileSync('mkfifo', [join(root, 'dev/unbind')])
    const begun = performance.now()
    const error = await failure(sysfs.write('dev/unbind', '0000:01:00.0', { timeoutMs: 200 }))
    expect(error.code).toBe('sysfs-write-timeout')
    expect(performance.now() - begun).toBeLessThan(5000)
  })
})
