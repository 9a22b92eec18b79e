/** `berth prepare --undo`: the files first, then the commands that make it take effect. */
import { runAll } from './carry-out.ts'
import type { Mode, PrepareIo } from './command.ts'
import { type Progress, prepareDocument } from './document.ts'
import { exclusively } from './lock.ts'
import { readManifest } from './manifest.ts'
import { commandsText, rebootText } from './output.ts'
import { type Undone, undo, undoDone } from './undo.ts'

/** The exit status. Errors of `exclusively` and `undo`. */
export async function takeBack(mode: Mode, io: PrepareIo): Promise<number> {
  if (readManifest(mode.root) === null) return nothing(mode, io)
  return exclusively(mode.root, async () => {
    const undone = undo(mode.root)
    return undone === null ? nothing(mode, io) : takenBack(undone, mode, io)
  })
}

function nothing(mode: Mode, io: PrepareIo): number {
  if (!mode.json) io.stdout('Nothing to take back: berth prepare has written nothing here.\n')
  return finish(mode, { state: 'nothing-to-do', restored: [], commands: [], ran: [], remaining: [] }, io)
}

async function takenBack({ restored, commands }: Undone, mode: Mode, io: PrepareIo): Promise<number> {
  const print = (text: string) => (mode.json ? undefined : io.stdout(text))
  print(
    restored.map(({ path, removed }) => `${removed ? 'removed' : 'as it was before'}: ${path}\n`).join(''),
  )
  print(commandsText(mode.run ? 'Then:' : 'Then run, in this order:', commands))
  const { ran, remaining } = mode.run ? await runAll(commands, mode, io) : { ran: [], remaining: commands }
  const failed = mode.run && remaining.length > 0
  // The store stays where a command failed: --undo again runs them again.
  if (!failed) {
    undoDone(mode.root)
    print(rebootText(['berth doctor']))
  }
  finish(mode, { state: 'undone', restored: restored.map(({ path }) => path), commands, ran, remaining }, io)
  return failed ? 1 : 0
}

function finish(mode: Mode, progress: Progress, io: PrepareIo): number {
  if (mode.json) io.stdout(`${JSON.stringify(prepareDocument(mode.root, null, progress))}\n`)
  return 0
}
