/** The text that is being edited: where it began, what it is now, and the way back. */
import { useCallback, useReducer } from 'react'

interface State {
  /** As the controller had it when it was read, or as it was saved. */
  readonly base: string
  readonly text: string
  /** The latest last. */
  readonly past: readonly string[]
  readonly future: readonly string[]
  /** When the text was last changed by `write`, in ms; changes soon after each other are undone at once. */
  readonly writtenAt: number
}

type Action =
  | { readonly type: 'write'; readonly text: string; readonly at: number }
  | { readonly type: 'undo' | 'redo' }
  /** The controller has this text now. */
  | { readonly type: 'base'; readonly base: string }
  | { readonly type: 'load'; readonly base: string }

export interface Draft {
  readonly text: string
  readonly base: string
  readonly isChanged: boolean
  readonly canUndo: boolean
  readonly canRedo: boolean
  write(text: string): void
  undo(): void
  redo(): void
  /** Goes on with the same text, compared with another one. */
  setBase(base: string): void
  /** Drops what was written. */
  load(base: string): void
}

const TOGETHER_MS = 700
const LONGEST_PAST = 200

export function useDraft(start: string): Draft {
  const [state, act] = useReducer(changed, start, fresh)
  const write = useCallback((text: string) => act({ type: 'write', text, at: Date.now() }), [])
  const undo = useCallback(() => act({ type: 'undo' }), [])
  const redo = useCallback(() => act({ type: 'redo' }), [])
  const setBase = useCallback((base: string) => act({ type: 'base', base }), [])
  const load = useCallback((base: string) => act({ type: 'load', base }), [])
  const { text, base, past, future } = state
  const can = { canUndo: past.length > 0, canRedo: future.length > 0 }
  return { text, base, isChanged: text !== base, ...can, write, undo, redo, setBase, load }
}

const fresh = (base: string): State => ({ base, text: base, past: [], future: [], writtenAt: 0 })

function changed(state: State, action: Action): State {
  const { text, past, future } = state
  switch (action.type) {
    case 'write': {
      if (action.text === text) return state
      const goesOn = action.at - state.writtenAt < TOGETHER_MS && past.length > 0
      const longer = goesOn ? past : [...past.slice(-LONGEST_PAST), text]
      return { ...state, text: action.text, past: longer, future: [], writtenAt: action.at }
    }
    case 'undo': {
      const before = past.at(-1)
      if (before === undefined) return state
      return { ...state, text: before, past: past.slice(0, -1), future: [text, ...future], writtenAt: 0 }
    }
    case 'redo': {
      const [next, ...rest] = future
      if (next === undefined) return state
      return { ...state, text: next, past: [...past, text], future: rest, writtenAt: 0 }
    }
    case 'base':
      return { ...state, base: action.base }
    case 'load':
      return fresh(action.base)
  }
}
