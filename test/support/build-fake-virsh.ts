/** Installs the fake virsh for a simulated host, tells it how to behave, and reads what it was asked. */
import { copyFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { BEHAVIOUR_FILE, type Behaviour, CALLS_FILE } from './fake-virsh-behaviour.ts'

/** Gives the path of an executable that is `virsh` for the simulated host in `dir`. */
export async function installFakeVirsh(dir: string): Promise<string> {
  const at = (name: string) => join(dir, '.berth', name)
  for (const [name, target] of [
    ['node', process.execPath],
    ['fake-virsh.mjs', await bundle('fake-virsh.ts')],
  ] as const) {
    rmSync(at(name), { force: true })
    symlinkSync(target, at(name))
  }
  copyFileSync(join(import.meta.dirname, 'fake-virsh.sh'), at('virsh'))
  return at('virsh')
}

export function tellVirsh(dir: string, behaviour: Behaviour): void {
  writeFileSync(join(dir, BEHAVIOUR_FILE), JSON.stringify(behaviour))
}

/** Every change that was asked for and every one that was made, in order, without the connection. */
export function virshCalls(dir: string): readonly string[] {
  const path = join(dir, CALLS_FILE)
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => line.replace(/^--connect \S+ /, ''))
}
