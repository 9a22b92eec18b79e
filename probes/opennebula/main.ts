/** The program that replaces OpenNebula's PCI probe on a host; `berth opennebula install-probe` puts a shell's head before it. */
import { writer } from '../output.ts'
import { dropIn } from './drop-in.ts'

const io = { stdout: writer('berth pci probe', 1), stderr: writer('berth pci probe', 2) }

dropIn(process.argv.slice(2), process.argv[1] ?? '', io).catch((error: unknown) => {
  // The head then runs OpenNebula's own probe.
  io.stderr(`berth pci probe: ${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
})
