/** What one client of the event stream is written, and in which order its ids rise. */
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { openEventStream } from '../../src/api/event-stream.ts'

function opened(after: number) {
  const out = new PassThrough()
  let text = ''
  out.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const stream = openEventStream(out, { after, heartbeatMs: 60_000, mostUnread: 1024 * 1024 }, () => {})
  onTestFinished(stream.end)
  const blocks = () => text.split('\n\n').filter((block) => block.includes('event:'))
  return {
    stream,
    told: () => blocks().map((block) => block.replace(/\nevent.*/s, '').replace(/^event.*/s, 'late')),
  }
}

const vm = (id: number) => ({ id, kind: 'vm', subject: id }) as const

test('each change is told once; one that comes after a later one has no id, so that a client knows the later one', async () => {
  const { stream, told } = opened(10)
  stream.send([vm(11), vm(13)])
  stream.send([vm(11), vm(13), vm(14)])
  stream.send([vm(12)])
  stream.send([vm(12), vm(15)])
  await new Promise((resolve) => setImmediate(resolve))
  expect(told()).toEqual(['id: 11', 'id: 13', 'id: 14', 'late', 'id: 15'])
})

test('after a resync what came before it is not told', async () => {
  const { stream, told } = opened(1)
  stream.resync(1000)
  stream.send([vm(900), vm(1001)])
  await new Promise((resolve) => setImmediate(resolve))
  expect(told()).toEqual(['id: 1000', 'id: 1001'])
})
