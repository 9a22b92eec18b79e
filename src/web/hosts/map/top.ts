/** How far below the beginning of what scrolls something stands. */
import { type RefObject, useLayoutEffect, useState } from 'react'
import { MAIN } from '../../app/frame.tsx'

/** Pixels. What stands above may grow: it is measured whenever what is below is drawn. */
export function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const main = document.getElementById(MAIN)
    if (main === null || element.current === null) return
    const above = element.current.getBoundingClientRect().top - main.getBoundingClientRect().top
    setTop(Math.round(above + main.scrollTop))
  })
  return top
}
