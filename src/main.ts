#!/usr/bin/env node
/** The entry: reads the configuration, puts everything together as far as the command needs it, and runs the command line. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import packageJson from '../package.json' with { type: 'json' }
import { COMPLETE, completionWords } from './cli/completion/line.ts'
import { globalOptions } from './cli/global-options.ts'
import type { CliPorts } from './cli/ports.ts'
import { runCli } from './cli/run.ts'
import { readTextFile } from './cli/text-file.ts'
import { type Config, readConfig } from './config.ts'
import { createElsewhere } from './elsewhere.ts'
import { createInterruption } from './interruption.ts'
import { openLog } from './log.ts'
import type { Services } from './services.ts'

const stdout = (output: string): void => void process.stdout.write(output)
const stderr = (output: string): void => void process.stderr.write(output)

/** Everything that ships is bundled into the folder of this program. */
const distFile = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const interruption = createInterruption()

const isThere = (database: string): boolean => database.includes('://') || existsSync(database)

function portsFor(argv: readonly string[]): CliPorts {
  const options = globalOptions(argv)
  const config = (): Config => readConfig(process.env, options.db)
  const elsewhere = createElsewhere(options, process.env, interruption)
  let opened: Promise<Services> | null = null
  const services = (logFormat: Config['logFormat'] = 'plain'): Promise<Services> => {
    opened ??= import('./services.ts').then(async ({ openServices }) =>
      openServices(config(), await openLog({ ...config(), logFormat }, stderr)),
    )
    return opened
  }
  return {
    version: packageJson.version,
    request: async (method, path, body) => {
      const server = await elsewhere.server()
      if (server === null && argv[0] === COMPLETE && !isThere(config().database))
        throw new Error('completion makes no database')
      return (server ?? (await services())).request(method, path, body)
    },
    probe: async (args) => (await import('../probes/command.ts')).runProbe(args, { stdout, stderr }),
    plan: async (args) =>
      (await import('./cluster-file/command.ts')).runPlan(args, { readFile: readTextFile, stdout, stderr }),
    opennebula: async (args) =>
      (await import('./opennebula/command.ts')).runOpenNebula(args, {
        stdin: process.stdin,
        environment: process.env,
        stdout,
        stderr,
        distFile,
        onStop: (stop) => {
          for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
        },
      }),
    doctor: async (options) =>
      (await import('./doctor.ts')).runDoctor(options, (line) => stderr(`${line}\n`)),
    prepare: async (args) => (await import('./preparation.ts')).prepareHere(args, { stdout, stderr }),
    database: {
      migrate: async () => (await import('./maintenance.ts')).migrateDatabase(config().database),
      check: async () => (await import('./maintenance.ts')).checkDatabaseFile(config().database),
      backup: async (file, options) =>
        (await import('./maintenance.ts')).backupDatabase(config().database, file, options),
      copy: async (from, to, options) =>
        (await import('./maintenance.ts')).copyWholeDatabase(from, to, options),
    },
    serve: async (options) => {
      const { logFormat } = {
        ...config(),
        ...(options.logFormat !== null && { logFormat: options.logFormat }),
      }
      return (await import('./service.ts')).runService(
        await services(logFormat),
        config(),
        options,
        distFile('web'),
      )
    },
    demo: async (options) => (await import('./demo.ts')).runDemo(options, { stdout, stderr, portsFor }),
    agent: agentPort(config),
    schemaNames: async () => [...(await import('./schemas.ts')).schemaNames(), 'openapi'],
    schema: async (name) =>
      name === 'openapi'
        ? (await import('./openapi.ts')).openApi()
        : (await import('./schemas.ts')).schemaNamed(name),
    readFile: readTextFile,
    stdout,
    stderr,
    isTty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
    stderrIsTty: process.stderr.isTTY === true,
    now: Date.now,
    awaitInterrupt: () => void interruption.signal(),
    pause: interruption.pause,
    contexts: elsewhere.contexts,
    close: async () => {
      await elsewhere.close()
      if (opened !== null) await (await opened).close()
    },
  }
}

/** Loaded when it is asked for something. */
function agentPort(config: () => Config): CliPorts['agent'] {
  const port = async () => (await import('./agent-program.ts')).agentPort(config, packageJson.version, stderr)
  return {
    join: async (options) => (await port()).join(options),
    run: async (options) => (await port()).run(options),
    status: async (options) => (await port()).status(options),
  }
}

// A reader that went away (`berth host list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  stderr(`berth: standard output cannot be written: ${error.message}\n`)
  process.exit(1)
})
// Where nobody reads the log any more there is nowhere left to say so, and `serve` goes on.
process.stderr.on('error', () => {})
const argv = completionWords(process.argv.slice(2))
process.exitCode = await runCli(argv, portsFor(argv))
// Whoever runs it in a script wants the script to stop, too.
if (process.exitCode !== 0 && interruption.happened()) process.kill(process.pid, 'SIGINT')
