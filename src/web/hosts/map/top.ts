/** How far below the beginning of what scrolls something stands. */
import { type RefObject, useLayoutEffect, useState } from 'react'
import { MAIN } from '../../app/frame.tsx'

/** Pixels. What stands above may grow with `shown`; to measure each time that something is drawn would cost more than the drawing. */
export function useTop(element: RefObject<HTMLElement | null>, shown: unknown): number {
  const [top, setTop] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown moves the element.
  useLayoutEffect(() => {
    const main = document.getElementById(MAIN)
    if (main === null || element.current === null) return
    const above = element.current.getBoundingClientRect().top - main.getBoundingClientRect().top
    setTop(Math.round(above + main.scrollTop))
  }, [element, shown])
  return top
}
