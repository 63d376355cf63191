'use client'

import './markdown.css'
import { memo, type ReactElement, startTransition, useEffect, useState, useSyncExternalStore } from 'react'
import BaseMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { CodeBlock } from './code-block.tsx'
import { Formula, loadFormulas } from './formula.tsx'
import { highlight } from './highlight.ts'
import { boundDepth, rehypeTexts, remarkTexts, textOf } from './markdown-tree.ts'
import { setMathematicsAside } from './mathematics.ts'
import { Scroller } from './scroller.tsx'
import { textParts } from './text-parts.ts'

/** A text is drawn in parts of this many characters, one after another, so that a long one does not stop the page. */
const partSize = 8000
/** A part that could not be cut to less than this (characters) is drawn as it is written. */
const longestPart = 40_000
/** Pairing the signs of such a run with those of another takes time that grows with its square: seconds for 8000. */
const slow = /[*_~]{1000}/

/** Markdown as written by people or models: GFM, code, mathematics. Raw HTML is shown as text, nothing is fetched. */
export const Markdown = memo(function Markdown({ children }: { children: string }) {
  const parts = textParts(children, partSize)
  const ready = useSyncExternalStore(
    neverChanges,
    () => parts.findIndex((part) => !elements.has(part)),
    () => 1,
  )
  const [shown, setShown] = useState(ready < 0 ? parts.length : Math.max(1, ready))
  useEffect(() => {
    if (shown >= parts.length) return
    const timer = setTimeout(() => startTransition(() => setShown(shown + 1)))
    return () => clearTimeout(timer)
  }, [shown, parts.length])
  return (
    <>
      {parts.slice(0, shown).map((part, index) => (
        <div key={index} dir="auto" className={index > 0 ? 'prose-text mt-3' : 'prose-text'}>
          {drawn(part)}
        </div>
      ))}
    </>
  )
})

const neverChanges = () => () => {}

/** Draws a text ahead of its turn, a part at a time: what shows it later has nothing to wait for. */
export async function prepareMarkdown(text: string): Promise<void> {
  for (const part of textParts(text, partSize)) {
    drawn(part)
    await fetchNeeds(part, setMathematicsAside(part).found.length > 0)
  }
}

const remembered = 100
const elements = new Map<string, ReactElement>()

/** The elements of a text; the latest are remembered, for a screen that shows the same again and again. */
function drawn(text: string): ReactElement {
  const before = elements.get(text)
  if (before) return before
  const element = parsedOrPlain(text)
  if (elements.size >= remembered) elements.delete(elements.keys().next().value!)
  elements.set(text, element)
  return element
}

/** Thousands of signs that nest, as a model gone astray writes them, end the parser's stack or the page's. */
function parsedOrPlain(text: string): ReactElement {
  const plain = <p className="whitespace-pre-wrap">{text}</p>
  if (text.length > longestPart || slow.test(text)) return plain
  try {
    return parsed(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    console.warn('A text nested too deeply is shown as it is written.', error)
    return plain
  }
}

function parsed(source: string): ReactElement {
  const { text, found } = setMathematicsAside(source)
  if (typeof window !== 'undefined') void fetchNeeds(source, found.length > 0)
  // Called, not mounted: what it returns is kept, and parsed once.
  return BaseMarkdown({
    children: text,
    remarkPlugins: [remarkGfm, boundDepth, [remarkTexts, { found }]],
    remarkRehypeOptions: { clobberPrefix: `${hash(source)}-` },
    rehypePlugins: [rehypeTexts],
    components,
  })
}

/** Loads what a text needs; one that is drawn unseen, ahead of its turn, then stands at once. */
async function fetchNeeds(source: string, mathematics: boolean): Promise<void> {
  const codes = [...source.matchAll(/^```([^\s`]+)[^\n]*\n(.*?)\n```[ \t]*$/gms)]
  await Promise.all([
    mathematics && loadFormulas(),
    ...codes.map(([, language, code]) =>
      highlight(code!, language!).catch((error) =>
        console.warn(`Code in ${language} stays without colours.`, error),
      ),
    ),
  ])
}

const components: Components = {
  pre({ node }) {
    const code = node?.children[0]
    const names = code?.type === 'element' ? code.properties.className : null
    const language = Array.isArray(names) ? /^language-(.+)$/.exec(String(names[0]))?.[1] : undefined
    return <CodeBlock code={node ? textOf(node).replace(/\n$/, '') : ''} language={language ?? ''} />
  },
  table: ({ children }) => (
    <Scroller label="Table">
      <table>{children}</table>
    </Scroller>
  ),
  span({ node, children, ...props }) {
    const tex = node?.properties['data-tex']
    if (typeof tex !== 'string') return <span {...props}>{children}</span>
    return <Formula tex={tex} display={node?.properties['data-display'] === 'true'} source={textOf(node!)} />
  },
}

/** Tells the footnotes of one text on a page from another's. */
function hash(text: string): string {
  let value = 5381
  for (let at = 0; at < text.length; at++) value = (value * 33 + text.charCodeAt(at)) | 0
  return (value >>> 0).toString(36)
}
