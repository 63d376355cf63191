'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useLayoutEffect, useState } from 'react'
import { Button } from './button.tsx'
import { highlight, highlighted, type Token } from './highlight.ts'
import { Scroller } from './scroller.tsx'

/** Code with its language and a button that copies it; colours come after the first paint and move nothing. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  const [lines, setLines] = useState<Token[][] | null>(null)
  // Before the paint, where the colours are there already.
  useLayoutEffect(() => setLines(highlighted(code, language)), [code, language])
  useEffect(() => {
    let shown = true
    // Code that cannot be coloured stays as it is.
    highlight(code, language).then(
      (found) => shown && found && setLines(found),
      (error) => console.warn(`Code in ${language} stays without colours.`, error),
    )
    return () => {
      shown = false
    }
  }, [code, language])
  return (
    <div className="code-block" dir="ltr">
      <div className="flex min-h-8 items-center justify-between gap-2 pr-1 pl-3 text-13 text-ink-3">
        <span className="code-language">{language || 'text'}</span>
        <CopyButton text={code} />
      </div>
      <Scroller label={`Code in ${language || 'plain text'}`}>
        <pre>
          <code>
            {lines
              ? lines.map((line, index) => (
                  <span key={index}>
                    {line.map(({ content, color }, at) => (
                      <span key={at} style={{ color }}>
                        {content}
                      </span>
                    ))}
                    {index < lines.length - 1 && '\n'}
                  </span>
                ))
              : code}
          </code>
        </pre>
      </Scroller>
    </div>
  )
}

function CopyButton({ text }: { text: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      // No clipboard over plain HTTP, or the browser refused: the button says so.
      setState('refused')
    }
  }
  return (
    <Button
      kind="quiet"
      size="small"
      preventFocusOnPress
      className="px-1.5! pointer-coarse:min-h-11 pointer-coarse:min-w-11"
      onPress={copy}
    >
      {state === 'copied' ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite">
        {state === 'copied' ? 'Copied' : state === 'refused' ? 'Select it to copy' : 'Copy'}
      </span>
    </Button>
  )
}
