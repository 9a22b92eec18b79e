/** What the programs that run on (`serve`, `agent`) say while they do: plain lines for people, or JSON lines (pino) for machines. */
import type { Config } from './config.ts'

/** What a line is about, where it is known: `host`, `vm`, `order`, ... */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** With the stack of `cause`, where it has one. */
  error(message: string, cause?: unknown, fields?: LogFields): void
}

const LEVELS = ['debug', 'info', 'error'] as const

export type LogOptions = Pick<Config, 'logFormat' | 'logLevel'>

/** `write` gets whole lines, with their ends. pino is loaded only where it is wanted. */
export async function openLog(
  { logFormat, logLevel }: LogOptions,
  write: (text: string) => void,
): Promise<Log> {
  return logFormat === 'json' ? jsonLog(logLevel, write) : plainLog(logLevel, write)
}

function plainLog(level: LogOptions['logLevel'], write: (text: string) => void): Log {
  const least = LEVELS.indexOf(level)
  return {
    debug: (message) => {
      if (least <= 0) write(`${message}\n`)
    },
    info: (message) => {
      if (least <= 1) write(`${message}\n`)
    },
    error: (message, cause) => write(`${cause === undefined ? message : `${message}: ${words(cause)}`}\n`),
  }
}

const words = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)

/** Never in a log, whoever puts it into fields. */
const SECRETS = ['authorization', 'token', 'credential', 'secret', 'password']

/** `level` in words, `time` in ISO 8601, `msg`, `err` with its stack, and the fields. */
async function jsonLog(level: LogOptions['logLevel'], write: (text: string) => void): Promise<Log> {
  const { default: pino } = await import('pino')
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    { write },
  )
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    error: (message, cause, fields = {}) =>
      logger.error(cause === undefined ? fields : { ...fields, err: cause }, message),
  }
}
