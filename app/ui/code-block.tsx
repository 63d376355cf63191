'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import { highlight, highlighted } from './highlight.ts'
import { Scroller } from './scroller.tsx'

/** Code with its language and a button that copies it; colours move nothing when they come. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  // There already where the text was prepared; never while a page of the server's comes to life.
  const ready = useSyncExternalStore(
    neverChanges,
    () => highlighted(code, language),
    () => null,
  )
  const [found, setFound] = useState({ code, lines: ready })
  const lines = found.code === code ? found.lines : null
  const isPlain = lines === null
  useEffect(() => {
    if (!isPlain) return
    let shown = true
    // Code that cannot be coloured stays as it is.
    highlight(code, language).then(
      (lines) => shown && lines && setFound({ code, lines }),
      (error) => console.warn(`Code in ${language} stays without colours.`, error),
    )
    return () => {
      shown = false
    }
  }, [code, language, isPlain])
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

const neverChanges = () => () => {}

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
