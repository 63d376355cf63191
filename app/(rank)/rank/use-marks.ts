'use client'

import { type RefObject, useEffect, useState } from 'react'
import { newWords, type Word, wordsOf } from './differences.ts'

/** The name of the highlight, styled in rank.css. */
const name = 'rank-difference'
/** Marks wait for two frames and this long (ms), so that the texts are painted first. */
const paintTime = 50

interface Placed extends Word {
  node: Text
}

/**
 * Marks in the responses, as they are drawn, the words that another lacks: of a pair each against the other, of more
 * every other card against the focused one. The marks are highlights of the browser's own: the page itself stays as it
 * is. Returns whether all were too different to be marked.
 */
export function useMarks(
  box: RefObject<HTMLElement | null>,
  { on, pair, focus }: { on: boolean; pair: boolean; focus: number },
): boolean {
  const [tooDifferent, setTooDifferent] = useState(false)
  // The other of a pair is always the same, whichever has the focus.
  const against = pair ? null : focus
  useEffect(() => {
    if (!on || !box.current || !canMark()) return
    const texts = [...box.current.querySelectorAll<HTMLElement>('[data-text]')]
    let timer: ReturnType<typeof setTimeout> | undefined
    // One comparison of texts at a time, so that keys and scrolling come between.
    const mark = () => {
      const words = texts.map(placedWords)
      const ranges: Range[] = []
      let compared = 0
      const step = (card: number) => {
        const own = words[card]
        if (!own) {
          setTooDifferent(compared === 0)
          CSS.highlights.set(name, highlightOf(ranges))
          return
        }
        const other = words[against ?? 1 - card]
        const found = card === against || !other ? null : newWords(own.map(textOf), other.map(textOf))
        if (found) {
          compared++
          ranges.push(...rangesOf(own, found))
        }
        timer = setTimeout(() => step(card + 1))
      }
      step(0)
    }
    const later = () => {
      clearTimeout(timer)
      timer = setTimeout(mark, paintTime)
    }
    // Colours of code, formulas and the rest of long texts come later.
    const observer = new MutationObserver(later)
    for (const text of texts) observer.observe(text, { childList: true, subtree: true, characterData: true })
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(later)
    })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      observer.disconnect()
      CSS.highlights.delete(name)
    }
  }, [box, on, against])
  return on && tooDifferent
}

/** Safari before 17.2 and Firefox before 140 have no highlights. */
export const canMark = () => 'highlights' in CSS

const textOf = (word: Word) => word.text

/** The words on screen; not those of buttons, nor the second writing of a formula. */
function placedWords(root: HTMLElement): Placed[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches('button, .katex-mathml, [data-unmarked]')
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  )
  const words: Placed[] = []
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node instanceof Text) for (const word of wordsOf(node.data)) words.push({ ...word, node })
  return words
}

/** Neighbouring new words of one piece of text become one range. */
function rangesOf(words: Placed[], found: boolean[]): Range[] {
  const ranges: Range[] = []
  let last: Placed | null = null
  for (const [index, word] of words.entries()) {
    if (!found[index]) {
      last = null
      continue
    }
    if (last?.node === word.node) ranges.at(-1)!.setEnd(word.node, word.end)
    else {
      const range = document.createRange()
      range.setStart(word.node, word.start)
      range.setEnd(word.node, word.end)
      ranges.push(range)
    }
    last = word
  }
  return ranges
}

function highlightOf(ranges: readonly Range[]): Highlight {
  const highlight = new Highlight()
  for (const range of ranges) highlight.add(range)
  return highlight
}
