/** Real machines' data beside the repository: unpacked for a test that reports itself as skipped where it is missing. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const SHARED = resolve(import.meta.dirname, '../../../shared')
const DATA = join(SHARED, 'data')

/** Files beside the machines' data, by their path in the shared folder. */
export function hasShared(path: string): boolean {
  return existsSync(join(SHARED, path))
}

export function readShared(path: string): string {
  return readFileSync(join(SHARED, path), 'utf8')
}

/** A file's path below the data folder. */
export function dataFile(path: string): string {
  return join(DATA, path)
}

export function hasData(path: string): boolean {
  return existsSync(dataFile(path))
}

export function readData(path: string): string {
  return readFileSync(dataFile(path), 'utf8')
}

/** Lines of a file, the empty ones left out; [] where there is no such file. */
export function dataLines(path: string): readonly string[] {
  return hasData(path)
    ? readData(path)
        .split('\n')
        .filter((line) => line !== '')
    : []
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

export interface UnpackedTree {
  /** Its `sys` folder. */
  readonly sysfs: string
  remove(): void
}

/** Unpacks the PCI part of an archive that holds one sysfs tree, at its top or one folder below. */
export function unpackTree(archive: string): UnpackedTree {
  const dir = mkdtempSync(join(tmpdir(), 'berth-tree-'))
  mkdirSync(dir, { recursive: true })
  const { status, stderr } = spawnSync(
    'tar',
    ['xf', dataFile(archive), '-C', dir, '--wildcards', '*sys/*pci*'],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`tar xf ${archive}: ${stderr}`)
  const sysfs = ['', ...readdirSync(dir)]
    .map((inner) => join(dir, inner, 'sys'))
    .find((path) => existsSync(path))
  if (sysfs === undefined) throw new Error(`${archive} holds no sys folder`)
  return { sysfs, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
