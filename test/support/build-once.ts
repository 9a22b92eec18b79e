/** vitest's global setup: bundles dist/ from the sources under test, so that tests of the command run what is shipped. */
import { execFileSync } from 'node:child_process'

export default function buildOnce(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
