/**
 * Runs command lines of berth on the lab host, in one process for all, since a start of Node takes many seconds in emulation: the shipped
 * entry is evaluated once for each command. Takes `*.berth` files from the folder of commands, a JSON list of argument lists, and leaves
 * `*.results`, a JSON list of { status, stdout, stderr } (channel.ts is the other end).
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const FOLDER = '/out/commands'
const ENTRY = '/lab/berth/dist/berth.mjs'
const [node] = process.argv
let evaluations = 0
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)

async function run(args) {
  const heard = { stdout: '', stderr: '' }
  const written = Object.keys(heard).map((name) => {
    const { write } = process[name]
    process[name].write = (text) => {
      heard[name] += text
      return true
    }
    return () => Object.assign(process[name], { write })
  })
  process.argv = [node, ENTRY, ...args]
  process.exitCode = 0
  evaluations += 1
  await import(`${ENTRY}?${evaluations}`)
  for (const restore of written) restore()
  return { status: process.exitCode, ...heard }
}

for (;;) {
  const name = readdirSync(FOLDER).find((one) => one.endsWith('.berth'))
  if (name === undefined) {
    await sleep(200)
    continue
  }
  const base = `${FOLDER}/${name.slice(0, -'.berth'.length)}`
  // Once only, whatever happens: a host that is reset must not run it again.
  renameSync(`${FOLDER}/${name}`, `${base}.begun`)
  const results = []
  for (const args of JSON.parse(readFileSync(`${base}.begun`, 'utf8'))) results.push(await run(args))
  writeFileSync(`${base}.unfinished`, JSON.stringify(results))
  renameSync(`${base}.unfinished`, `${base}.results`)
}
