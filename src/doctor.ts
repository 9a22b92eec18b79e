/** `berth doctor`: looks at a host and puts what is found into the document that people and programs read. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { examineHost } from '../probes/readiness/examine.ts'
import type { DoctorOptions } from './cli/ports.ts'
import { NotFound } from './model/errors.ts'
import type { ReadinessDocument } from './view/documents.ts'
import { readinessDocument } from './view/readiness.ts'

/** NotFound `no-root` where there is no such folder. */
export async function runDoctor(
  options: DoctorOptions,
  say: (line: string) => void,
): Promise<ReadinessDocument> {
  const root = resolve(options.root)
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new NotFound('no-root', `there is no folder ${root} to look into`, { root })
  const warn = (message: string) => say(`berth doctor: ${message}`)
  return readinessDocument(await examineHost({ root, bootLog: options.bootLog, warn }))
}
