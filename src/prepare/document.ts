/** A preparation as one JSON document (`berth.prepare/1`). Pure. */
import { diffOf } from './diff.ts'
import type { Command } from './edit.ts'
import type { HostPlan } from './plan.ts'
import type { Ran } from './run-commands.ts'

export interface Progress {
  readonly state: 'planned' | 'applied' | 'undone' | 'nothing-to-do'
  /** Paths that were put back by --undo. */
  readonly restored: readonly string[]
  readonly commands: readonly Command[]
  readonly ran: readonly Ran[]
  readonly remaining: readonly Command[]
}

/** `plan` null = an undo. */
export function prepareDocument(root: string, plan: HostPlan | null, progress: Progress) {
  return {
    schema: 'berth.prepare/1',
    root,
    system: plan === null ? null : plan.system,
    bootLoaders: plan?.bootLoaders ?? [],
    state: progress.state,
    changes: (plan?.edits ?? []).map((edit) => ({
      path: edit.path,
      action: edit.kind === 'link' ? 'link' : edit.before === null ? 'create' : 'edit',
      why: edit.why,
      diff: diffOf(edit),
    })),
    restored: progress.restored,
    commands: progress.commands.map(({ argv, why }) => ({ argv, why })),
    ran: progress.ran.map(({ command, exitStatus, output }) => ({ argv: command.argv, exitStatus, output })),
    remaining: progress.remaining.map(({ argv, why }) => ({ argv, why })),
    byHand: plan?.byHand ?? [],
    notes: plan?.notes ?? [],
    reboot: plan?.reboot ?? progress.restored.length > 0,
    check: plan?.check ?? ['berth doctor'],
  }
}
