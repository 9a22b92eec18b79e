/** The door for reports that come as JSON: checked against their schema before anything reads them. */
import { Ajv, type ValidateFunction } from 'ajv'
import { CorruptReport } from '../model/errors.ts'
import { type HostReportDocument, hostReportFromDocument } from '../model/host-report-document.ts'
import type { HostReport } from '../model/report.ts'
import { HOST_REPORT_JSON_SCHEMA } from '../model/schemas/host-report.ts'
import { requireConsistent } from './contradictions.ts'

let compiled: ValidateFunction<HostReportDocument> | undefined

/**
 * The report that `document` (parsed JSON of any shape) is. CorruptReport `report-invalid` with the JSON pointer of what
 * does not fit the schema, `report-contradiction`, and what hostReportFromDocument throws.
 */
export function reportFromJson(document: unknown): HostReport {
  compiled ??= new Ajv({ strict: false }).compile<HostReportDocument>(HOST_REPORT_JSON_SCHEMA)
  if (!compiled(document)) {
    const error = compiled.errors?.[0]
    const pointer = error?.instancePath ?? ''
    const problem = error?.message ?? 'does not fit the schema'
    throw new CorruptReport(
      'report-invalid',
      `the report is wrong at ${pointer === '' ? 'its root' : pointer}: ${problem}; nothing of it was taken in`,
      { pointer, problem },
    )
  }
  const report = hostReportFromDocument(document)
  requireConsistent(report)
  return report
}
