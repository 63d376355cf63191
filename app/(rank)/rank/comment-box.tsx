'use client'

import { useEffect, useRef } from 'react'
import { inputClass } from '../../ui/field.tsx'
import { commentId } from './use-keys.ts'

/** A note to the researchers, kept with the ranking. */
export function CommentBox({
  value,
  focused,
  onChange,
}: {
  value: string
  /** Takes the focus when it appears. */
  focused: boolean
  onChange: (value: string) => void
}) {
  const box = useRef<HTMLTextAreaElement>(null)
  const takes = useRef(focused)
  useEffect(() => {
    if (takes.current) box.current?.focus()
  }, [])
  return (
    <textarea
      ref={box}
      id={commentId}
      rows={2}
      aria-label="Comment"
      placeholder="Anything the researchers should know"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      className={`${inputClass} mt-2 h-auto! resize-y py-1.5`}
    />
  )
}
