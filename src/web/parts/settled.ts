/** A value once nobody has changed it for a moment: what is asked of the controller is not asked for each key. */
import { useEffect, useState } from 'react'

const MOMENT_MS = 400

export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), MOMENT_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
