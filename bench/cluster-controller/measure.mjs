/** Time of the wall and of the processor, and their medians; bare commits as the disk's measure. */
import Sqlite from 'better-sqlite3'

/** Of `times` runs, each alone: the median wall and processor milliseconds. */
export async function cost(times, work) {
  const runs = []
  for (let n = 0; n < times; n++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await work()
    const wall = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    runs.push({ wall, cpu: (user + system) / 1000 })
  }
  return medians(runs)
}

function medians(runs) {
  const middle = (of) => runs.map(of).sort((a, b) => a - b)[Math.floor(runs.length / 2)]
  return { wall: middle(({ wall }) => wall), cpu: middle(({ cpu }) => cpu) }
}

/** One cost, or those of several rounds. */
export function line(what, cost) {
  const { wall, cpu } = Array.isArray(cost) ? medians(cost) : cost
  console.log(`  ${what.padEnd(40)} ${wall.toFixed(2).padStart(9)}  (${cpu.toFixed(2)})`)
}

export function commitsPerSecond(file) {
  const db = new Sqlite(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('create table t (a)')
  const insert = db.prepare('insert into t values (?)')
  const start = performance.now()
  for (let n = 0; n < 500; n++) insert.run(n)
  const rate = Math.round((500 / (performance.now() - start)) * 1000)
  db.close()
  return rate
}
