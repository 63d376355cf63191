'use client'

import { useDeferredValue, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { inputClass, labelClass } from '../../ui/field.tsx'
import { changesBetween } from './differences.ts'
import { editProblem } from './edit-problem.ts'
import { KeyHint } from './key-hint.tsx'
import { type Edit, letter } from './ranking-state.ts'
import { store } from './remembered.ts'

/** A nearly good response, made good: its text to change, and beside it what has changed. */
export function EditDialog({
  card,
  texts,
  edit,
  keepAs,
  onDone,
  onRemove,
  onClose,
}: {
  card: number
  /** All responses on screen. */
  texts: readonly string[]
  /** The annotator's version so far, if it is one of this response. */
  edit: Edit | null
  /** The name under which a text in the making outlives a reload. */
  keepAs: string
  onDone: (edit: Edit) => void
  onRemove: () => void
  onClose: () => void
}) {
  const original = texts[card]!
  const opening = edit?.text ?? original
  const [text, setText] = useState(() => sessionStorage.getItem(keepAs) ?? opening)
  const [refused, setRefused] = useState<string | null>(null)
  const [leaving, setLeaving] = useState(false)
  const box = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const area = box.current
    if (!area || area.value !== text) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight + 2}px`
  }, [text])
  useLayoutEffect(() => {
    box.current?.focus()
  }, [])

  const done = () => {
    const problem = editProblem(text, texts)
    if (problem) setRefused(problem)
    else {
      sessionStorage.removeItem(keepAs)
      onDone({ card, text: text.trim() })
    }
  }
  const throwAway = () => {
    sessionStorage.removeItem(keepAs)
    onClose()
  }
  const remove = () => {
    sessionStorage.removeItem(keepAs)
    onRemove()
  }
  const leave = () => (text === opening ? throwAway() : setLeaving(true))
  return (
    <Dialog
      title={edit ? `Your version of ${letter(card)}` : `Improve response ${letter(card)}`}
      lead="Your version is kept with your ranking, before all the others."
      isOpen
      onOpenChange={leave}
      wide
      actions={
        leaving ? (
          <>
            <p role="alert" className="mr-auto self-center text-14">
              Throw away what you changed?
            </p>
            <Button kind="danger" autoFocus className="pointer-coarse:h-11" onPress={throwAway}>
              Throw away
            </Button>
            <Button
              className="pointer-coarse:h-11"
              onPress={() => {
                setLeaving(false)
                box.current?.focus()
              }}
            >
              Go on editing
            </Button>
          </>
        ) : (
          <>
            {edit && (
              <Button kind="quiet" className="mr-auto pointer-coarse:h-11" onPress={remove}>
                Remove my version
              </Button>
            )}
            <Button className="pointer-coarse:h-11" onPress={leave}>
              Cancel
            </Button>
            <Button kind="primary" className="pointer-coarse:h-11" onPress={done}>
              Done <KeyHint>Ctrl ⏎</KeyHint>
            </Button>
          </>
        )
      }
    >
      <div className="grid items-start gap-4 md:grid-cols-2">
        <div>
          <label htmlFor={id} className={labelClass}>
            Your version
          </label>
          <textarea
            ref={box}
            id={id}
            dir="auto"
            value={text}
            aria-invalid={refused !== null}
            aria-describedby={refused ? `${id}-problem` : undefined}
            onChange={(event) => {
              setText(event.target.value)
              store(sessionStorage, keepAs, event.target.value)
              setRefused(null)
              setLeaving(false)
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return
              event.preventDefault()
              done()
            }}
            className={`${inputClass} mt-1 h-auto! min-h-40 resize-none overflow-hidden py-2 text-16! focus:outline-2 focus:outline-focus`}
          />
          <p id={`${id}-problem`} role="alert" className="mt-1 text-13 text-danger empty:hidden">
            {refused}
          </p>
        </div>
        <Changes before={original} after={text} of={letter(card)} />
      </div>
    </Dialog>
  )
}

function Changes({ before, after, of }: { before: string; after: string; of: string }) {
  const settled = useDeferredValue(after)
  const pieces = useMemo(() => changesBetween(before, settled), [before, settled])
  return (
    <section aria-label={`What changes in ${of}`}>
      <h3 className={labelClass}>{before === settled ? `${of} as it was` : `What changes in ${of}`}</h3>
      <p
        dir="auto"
        className="mt-1 rounded-md bg-sunken px-2 py-2 text-16 whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {pieces
          ? pieces.map(({ text, kind }, index) =>
              kind === 'same' ? (
                <span key={index}>{text}</span>
              ) : kind === 'added' ? (
                <ins
                  key={index}
                  className="bg-spark/25 decoration-spark-text decoration-2 underline-offset-2"
                >
                  {text}
                </ins>
              ) : (
                <del key={index} className="text-ink-3">
                  {text}
                </del>
              ),
            )
          : before}
      </p>
    </section>
  )
}
