/**
 * Runs several command lines of berth in one process, since a start of Node takes seconds in emulation: the shipped entry is evaluated
 * once for each. Takes a JSON list of argument lists, prints a JSON list of { status, stdout, stderr }.
 */
const entry = '/lab/berth/dist/berth.mjs'
const write = { stdout: process.stdout.write, stderr: process.stderr.write }
process.stdout.setMaxListeners(0)
const results = []
for (const [index, args] of JSON.parse(process.argv[2]).entries()) {
  const heard = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'])
    process[name].write = (text) => {
      heard[name] += text
      return true
    }
  process.argv = [process.argv[0], entry, ...args]
  process.exitCode = 0
  await import(`${entry}?${index}`)
  results.push({ status: process.exitCode, ...heard })
}
Object.assign(process.stdout, { write: write.stdout })
Object.assign(process.stderr, { write: write.stderr })
process.exitCode = 0
process.stdout.write(JSON.stringify(results))
