/** `berth prepare --undo`: the files first, then the commands that make it take effect. */
import { runAll } from './carry-out.ts'
import type { Mode, PrepareIo } from './command.ts'
import { type Progress, prepareDocument } from './document.ts'
import { commandsText, rebootText } from './output.ts'
import { undo, undoDone } from './undo.ts'

/** The exit status. Errors of `undo`. */
export async function takeBack(mode: Mode, io: PrepareIo): Promise<number> {
  const print = (text: string) => (mode.json ? undefined : io.stdout(text))
  const undone = undo(mode.root)
  if (undone === null) {
    print('Nothing to take back: berth prepare has written nothing here.\n')
    return finish(mode, { state: 'nothing-to-do', restored: [], commands: [], ran: [], remaining: [] }, io)
  }
  const { restored, commands } = undone
  print(restored.map((path) => `as it was before: ${path}\n`).join(''))
  print(commandsText(mode.run ? 'Then:' : 'Then run, in this order:', commands))
  const { ran, remaining } = mode.run ? await runAll(commands, mode, io) : { ran: [], remaining: commands }
  const failed = mode.run && remaining.length > 0
  // The store stays where a command failed: --undo again runs them again.
  if (!failed) {
    undoDone(mode.root)
    print(rebootText(['berth doctor']))
  }
  finish(mode, { state: 'undone', restored, commands, ran, remaining }, io)
  return failed ? 1 : 0
}

function finish(mode: Mode, progress: Progress, io: PrepareIo): number {
  if (mode.json) io.stdout(`${JSON.stringify(prepareDocument(mode.root, null, progress))}\n`)
  return 0
}
