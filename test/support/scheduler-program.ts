/** A scheduler as its own process: plans and commits until nothing waits; tests start several on one database. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { openDatabase } from '../../src/database/open.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'

const [url = '', seed = '0'] = process.argv.slice(2)
const db = await openDatabase(url, { migrate: false })
let committed = 0
let conflicted = 0
for (;;) {
  const picture = await db.read((q) =>
    readSnapshot(q, { policy: Number(seed) % 2 ? 'spread' : 'pack', now: 1, stateOf: () => 'on' }),
  )
  if (picture.snapshot.vms.length === 0) break
  // A few at a time, so that the programs meet often.
  const { placements } = planCluster({ ...picture.snapshot, vms: picture.snapshot.vms.slice(0, 5) })
  const result = await commitPlan(db, placements, picture, 1)
  committed += result.committed.length
  conflicted += result.conflicted.length
}
await db.close()
console.log(JSON.stringify({ committed, conflicted }))
