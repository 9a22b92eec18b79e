/** The words of a preparation: what is to be written, what is to be run, and what a person must do. */

/** A text file, or a symbolic link (how systemd enables a unit). `before` null = there is none yet. */
export type Edit =
  | {
      readonly kind: 'file'
      /** Absolute, as seen on the host; links in it are followed when it is written. */
      readonly path: string
      readonly before: string | null
      readonly after: string
      /** Of a file that is made; one that is there keeps its own. */
      readonly mode: number
      readonly why: readonly string[]
    }
  | {
      readonly kind: 'link'
      readonly path: string
      readonly before: string | null
      /** The link's target. */
      readonly after: string
      readonly why: readonly string[]
    }

/** One wish for one file: several may concern the same file. */
export interface Wish {
  readonly path: string
  readonly why: string
  readonly mode?: number
  /** The new text; the same text where the wish is fulfilled already. `InvalidInput` where the text can't be understood. */
  readonly change: (text: string | null) => string
}

/** A program to be run after the files are written; no shell. */
export interface Command {
  readonly argv: readonly string[]
  readonly why: string
}

/** What only a person can do, because Berth does not know this system well enough. */
export interface ByHand {
  readonly what: string
  readonly text: string
}

export interface Plan {
  readonly edits: readonly Edit[]
  readonly commands: readonly Command[]
  /** What undoes that which `commands` do, where running them again does not. */
  readonly undoCommands: readonly Command[]
  readonly byHand: readonly ByHand[]
  /** Risks and limits, one sentence each. */
  readonly notes: readonly string[]
  /** Nothing takes effect before; Berth never does it. */
  readonly reboot: boolean
  /** Commands and what they should show, once it is done. */
  readonly check: readonly string[]
}

/** The edits that fulfil the wishes, in order of their first wish; files that need no change are left out. */
export function editsOf(wishes: readonly Wish[], textOf: (path: string) => string | null): readonly Edit[] {
  const edits = new Map<string, Edit & { readonly kind: 'file' }>()
  for (const { path, why, mode = 0o644, change } of wishes) {
    const earlier = edits.get(path)
    const before = earlier === undefined ? textOf(path) : earlier.before
    const now = earlier === undefined ? before : earlier.after
    const after = change(now)
    if (after === now) continue
    edits.set(path, { kind: 'file', path, before, after, mode, why: [...(earlier?.why ?? []), why] })
  }
  return [...edits.values()]
}
