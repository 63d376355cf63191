import type { PointerEvent, ReactNode } from 'react'

export interface CardProps {
  card: number
  size: number
  text: string
  /** As it was written, instead of rendered. */
  raw: boolean
  /** Alone on the screen; scrolls within itself. */
  carousel: boolean
  mark: number | null
  badge: string | null
  isFocused: boolean
  /** Picked up by the keyboard. */
  isLifted: boolean
  isImproved: boolean
  /** The focus came here by a key: bring the card into view and let a screen reader read it. */
  pulls: boolean
  flag: ReactNode
  /** Its flags in words. */
  flagged: ReactNode
  onFocus: () => void
  onRank: (mark: number) => void
  onClear: () => void
  onImprove: () => void
  onLift: () => void
  /** Goes to another card of the carousel. */
  onJump: (card: number) => void
  onGrab: (event: PointerEvent) => void
}
