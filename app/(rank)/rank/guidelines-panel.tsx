'use client'

import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { boundTo, isChord, keyName } from './bindings.ts'
import { useBindings } from './use-bindings.ts'
import { useFocusBack } from './use-focus-back.ts'

/** The workspace's guidelines. Beside the item, ranking goes on while they are read; over it, nothing else does. */
export function GuidelinesPanel({
  text,
  covers,
  onClose,
}: {
  text: string
  /** Lies over the item, which takes no keys then. */
  covers: boolean
  onClose: () => void
}) {
  const panel = useRef<HTMLElement>(null)
  const [bindings] = useBindings()
  useFocusBack(covers)
  useEffect(() => {
    if (covers) panel.current?.focus()
  }, [covers])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat) return
      const within = (event.target as Element).closest('[role=dialog], textarea')
      if (within && within !== panel.current) return
      const closes = covers && !isChord(event) && boundTo(bindings, keyName(event)) === 'guidelines'
      if (event.key !== 'Escape' && !closes) return
      event.preventDefault()
      onClose()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [covers, bindings, onClose])
  return (
    <section
      ref={panel}
      tabIndex={covers ? -1 : undefined}
      role={covers ? 'dialog' : 'complementary'}
      aria-label="Guidelines"
      className="flex w-96 shrink-0 flex-col border-l border-line bg-surface outline-none max-lg:fixed max-lg:inset-0 max-lg:z-40 max-lg:w-full"
    >
      <header className="flex h-12 shrink-0 items-center justify-between border-b border-line pr-2 pl-4">
        <h2 className="text-14 font-semibold">Guidelines</h2>
        <IconButton
          size="small"
          label="Close the guidelines"
          className="pointer-coarse:size-11"
          onPress={onClose}
        >
          <X aria-hidden />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto p-4 -outline-offset-2">
        {text.trim() ? (
          <Markdown>{text}</Markdown>
        ) : (
          <p className="text-ink-2">
            This workspace has no guidelines yet. An administrator can write them under Settings.
          </p>
        )}
      </div>
    </section>
  )
}
