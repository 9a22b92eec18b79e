/** Writes the manual pages into a folder; run by the build, from the same tree that the command line is parsed with. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { runProbe } from '../probes/command.ts'
import { GROUPS, isPassedOn, type PassedOn } from './cli/groups.ts'
import { type GroupHelp, groupPage, rootPage } from './cli/man/page.ts'
import { describingPorts } from './cli/man/ports.ts'
import { buildProgram } from './cli/program.ts'
import { runPlan } from './cluster-file/command.ts'
import { runOpenNebula } from './opennebula/command.ts'
import { runPrepare } from './prepare/command.ts'

/** What those that read their own arguments say of themselves. */
async function ownHelp(name: PassedOn['name']): Promise<string> {
  let text = ''
  const io = {
    stdout: (part: string) => {
      text += part
    },
    stderr: () => {},
  }
  const argv = ['--help']
  const status = await {
    probe: () => runProbe(argv, io),
    plan: () => runPlan(argv, { ...io, readFile: async () => '' }),
    prepare: () =>
      runPrepare(argv, {
        ...io,
        readNeeds: async () => [],
        runCommand: () => Promise.reject(new Error('help runs nothing')),
      }),
    opennebula: () =>
      runOpenNebula(argv, {
        ...io,
        stdin: (async function* () {})(),
        environment: {},
        distFile: (file) => file,
        onStop: () => {},
      }),
  }[name]()
  if (status !== 0) throw new Error(`berth ${name} --help: exit status ${status}`)
  return text
}

/** The same pages from the same sources, where the build says what time it is (reproducible-builds.org). */
function builtAt(): Date {
  const { SOURCE_DATE_EPOCH: seconds } = process.env
  return seconds === undefined ? new Date() : new Date(Number(seconds) * 1000)
}

async function writePages(folder: string): Promise<void> {
  const ports = describingPorts(packageJson.version)
  const root = await buildProgram({ ports, finish: () => {}, repeat: () => {} }, () => true)
  const dates = { version: packageJson.version, date: builtAt().toISOString().slice(0, 10) }
  const groups: GroupHelp[] = []
  for (const group of GROUPS) {
    const { name, heading, summary } = group
    groups.push({ name, heading, summary, help: isPassedOn(group) ? await ownHelp(group.name) : null })
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'berth.1'), rootPage(root, groups, dates))
  for (const group of groups) {
    const command = root.commands.find((one) => one.name() === group.name)
    if (command !== undefined)
      writeFileSync(join(folder, `berth-${group.name}.1`), groupPage(group, command, dates))
  }
}

await writePages(process.argv[2] ?? 'dist/man')
