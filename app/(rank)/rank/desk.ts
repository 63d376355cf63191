'use client'

import { createContext, useContext } from 'react'
import type { Queue, Source } from './use-queue.ts'

/** What stands around every item: whose queue it is, which batch, how delivery goes. */
export interface Desk {
  annotatorId: string
  /** As in the address. */
  batch: string | undefined
  /** Of the item on screen, or of the batch in the address once it is known. */
  batchName: string | null
  source: Source
  queue: Queue
}

const Context = createContext<Desk | null>(null)
export const DeskProvider = Context.Provider

export function useDesk(): Desk {
  const desk = useContext(Context)
  if (!desk) throw new Error('useDesk() stands outside the rank screen')
  return desk
}
