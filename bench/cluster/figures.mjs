/** What a load test counts: times by name, refusals by code, and each VM's way from its creation to RUNNING and to its end. */

/** Nearest rank; NaN where there is nothing. */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export function createFigures(now = () => performance.now()) {
  const times = new Map()
  const refusals = new Map()
  const since = new Map()
  const endings = []

  const time = (what, ms) => {
    const known = times.get(what)
    if (known) known.push(ms)
    else times.set(what, [ms])
  }
  const after = (what, key) => {
    const start = since.get(key)
    if (start !== undefined) time(what, now() - start)
  }
  return {
    time,
    refused(where, body) {
      const what = `${where}: ${body?.code ?? 'unknown'}`
      refusals.set(what, (refusals.get(what) ?? 0) + 1)
    },
    /** An order came to its host. */
    handed: (kind, vm) => after(`${kind} order handed`, `${kind} ${vm}`),
    /** Its event was taken in. */
    ended(kind, vm) {
      after(kind === 'deploy' ? 'RUNNING' : 'DONE', `${kind} ${vm}`)
      since.delete(`${kind} ${vm}`)
      for (const listener of endings) listener(kind, vm)
    },
    /** It was asked for: `deploy` or `release`. */
    asked: (kind, vm, at = now()) => since.set(`${kind} ${vm}`, at),
    onEnded: (listener) => endings.push(listener),
    /** How many of those asked for have not come to their end. */
    open: (kind) => [...since.keys()].filter((key) => key.startsWith(`${kind} `)).length,
    count: (what) => times.get(what)?.length ?? 0,
    refusals: () => [...refusals],
    /** Lines of a table in Markdown: what, how many, median, 99th, most. */
    table() {
      const round = (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)))
      const rows = [...times].map(([what, values]) => {
        const cells = [percentile(values, 50), percentile(values, 99), percentile(values, 100)].map(round)
        return `| ${what} | ${values.length} | ${cells.join(' | ')} |`
      })
      return ['| what | times | p50 ms | p99 ms | most ms |', '|---|---|---|---|---|', ...rows].join('\n')
    },
  }
}
