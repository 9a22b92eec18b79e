/** The bundled probe: `node probe.mjs pci ...` on any host with Node, nothing installed. */
import { runProbe } from './command.ts'
import { writer } from './output.ts'

const io = { stdout: writer('berth probe', 1), stderr: writer('berth probe', 2) }

runProbe(process.argv.slice(2), io).then((status) => {
  process.exitCode = status
})
