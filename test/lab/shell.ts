/** `npm run lab`: boots the lab host with a shell on this terminal; it powers off when the shell ends. */
import { execFileSync } from 'node:child_process'
import { bootLab } from './boot.ts'
import { onlyOne } from './only-one.ts'
import { CACHE, HOME, monitorOf, PLACES } from './places.ts'
import { labFiles } from './recipe/cache.ts'
import { whyNot } from './requirements.ts'
import { fillShare } from './share.ts'

const missing = whyNot(CACHE)
if (missing !== null) {
  console.error(`lab: ${missing}`)
  process.exit(1)
}
onlyOne(HOME)
execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
const files = labFiles(CACHE, (line) => console.error(`lab: ${line}`))
fillShare(PLACES.share, files.idleGuest)
console.error(
  `lab: a shell comes in a minute; \`exit\` powers the host off; its monitor (QMP) is ${monitorOf(PLACES)}`,
)
const raw = process.stdin.isTTY === true
const lab = bootLab(files, PLACES, { shell: true, log: 'ignore' })
process.on('SIGINT', () => {})
await lab.ended
if (raw) execFileSync('stty', ['sane'], { stdio: 'inherit' })
