/** Where a probe's commands print: results to standard output, messages to standard error. */

export interface ProbeIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}
