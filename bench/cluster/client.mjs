/** Creates VMs at a steady rate, whatever the answers take, and ends each a while after it runs. */

/** One GPU each. */
const TEMPLATE = 'CPU = 1\nMEMORY = 1024\nPCI = [ VENDOR = "10de", DEVICE = "20b0" ]'
const TICK_MS = 20

/** `calls`: one for each token, asked in turn. Resolves when the last was asked for; `livesMs`: from RUNNING to its end. */
export async function createAtRate({ calls, figures, perSecond, seconds, livesMs, stopped }) {
  let turn = 0
  const next = () => calls[turn++ % calls.length]
  figures.onEnded((kind, vm) => {
    if (kind === 'deploy' && !stopped.aborted) setTimeout(() => void terminate(next(), figures, vm), livesMs)
  })
  const start = performance.now()
  const all = []
  let asked = 0
  while (asked < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - start) / 1000) * perSecond))
    for (; asked < due; asked++) all.push(create(next(), figures))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(all)
}

async function create(call, figures) {
  const at = performance.now()
  const { status, body, ms } = await call('POST', '/v1/vms', { template: TEMPLATE })
  if (status !== 201) return figures.refused('create', body)
  figures.time('create answered', ms)
  figures.asked('deploy', body.id, at)
}

async function terminate(call, figures, vm) {
  figures.asked('release', vm)
  const { status, body, ms } = await call('POST', `/v1/vms/${vm}/terminate`, { hard: true })
  if (status >= 300) return figures.refused('terminate', body)
  figures.time('terminate answered', ms)
}
