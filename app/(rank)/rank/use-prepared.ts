import { useEffect, useState } from 'react'
import { prepareMarkdown } from '../../ui/markdown.tsx'
import type { Assignment } from './assignment.ts'

/** The item on screen is painted and read first (ms). */
const head = 400

/** Whether the texts of the next item are parsed and coloured, so that drawing it unseen draws all of it. */
export function usePrepared(next: Assignment | null): boolean {
  const [prepared, setPrepared] = useState<string | null>(null)
  const id = next?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: an item's texts never change
  useEffect(() => {
    if (!next) return
    let wanted = true
    const prepare = async () => {
      await painted()
      await pause(head)
      const texts = [
        ...next.prompt.messages.map(({ content }) => content),
        ...next.completions.map(({ text }) => text),
      ]
      for (const text of texts) {
        if (!wanted) return
        await prepareMarkdown(text).catch((error) => console.warn('A text could not be prepared.', error))
        await pause(0)
      }
      if (wanted) setPrepared(next.id)
    }
    void prepare()
    return () => {
      wanted = false
    }
  }, [id])
  return next !== null && prepared === next.id
}

function painted(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
