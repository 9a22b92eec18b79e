/** The OpenAPI document without a controller that runs: of the application as one would listen, on a database that holds nothing. */
import { buildApi } from './api/app.ts'
import { createServed } from './api/served.ts'
import { openDatabase } from './database/open.ts'

export async function openApi(): Promise<unknown> {
  const database = await openDatabase(':memory:', { migrate: true })
  try {
    const unused = () => Promise.reject(new Error('nothing is asked of this controller'))
    const now = Date.now
    const limits = { cycleLimitMs: null, silentAfterMs: 0, stopping: new AbortController().signal }
    const app = await buildApi({
      ...{ database, now },
      agents: { hello: unused, report: unused, messages: unused, poll: unused },
      controller: {
        ...{ cycle: unused, carryOut: unused, carryOutOrder: unused, attachBlock: unused, deploy: unused },
        ...{ probe: unused, checkLibvirt: unused },
      },
      hosts: { createSimulatedHost: unused, checkFilter: () => {}, readFilter: () => () => true },
      served: await createServed({ database, now, ...limits }),
    })
    try {
      return (await app.inject({ method: 'GET', url: '/v1/openapi.json' })).json()
    } finally {
      await app.close()
    }
  } finally {
    await database.close()
  }
}
