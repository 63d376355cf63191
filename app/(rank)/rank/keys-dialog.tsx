'use client'

import { useEffect, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import {
  type Bindings,
  type Bound,
  boundTo,
  canBind,
  defaultKeys,
  isChord,
  keyLabel,
  keyName,
} from './bindings.ts'
import { useDesk } from './desk.ts'
import { useBindings } from './use-bindings.ts'

const fixed: [string[], string][] = [
  [['←', '→'], 'Go to the response before or after; ↑ ↓ when stacked'],
  [['1', '…', '9'], 'Give the response in focus this rank and go to the next without one'],
  [['Shift', '1', '…', '4'], 'Of two, by how much: negligibly, slightly, better, significantly'],
  [['Ctrl', '⏎'], 'Submit, from the comment too; ⌘ ⏎ on a Mac'],
]

const opinions: [string[], string] = [['V'], 'What the annotators said']

const meanings: Record<Bound, string> = {
  submit: 'Submit',
  undo: 'Undo; on an untouched item, reopen the last one submitted',
  skip: 'Skip, with a reason',
  tie: 'Tie the response in focus with the one ranked last',
  clear: 'Take the rank of the response in focus away',
  allBad: 'None is acceptable',
  move: 'Pick the response in focus up: arrows move it, Enter drops it',
  improve: 'Improve the response in focus: your version ranks first',
  preferA: 'Of two, A is better',
  preferB: 'Of two, B is better',
  equal: 'Of two, equal',
  comment: 'Comment; Escape leaves the box',
  flag: 'Flag the response in focus',
  flagPrompt: 'Flag the prompt',
  prompt: 'The whole prompt',
  guidelines: 'Guidelines',
  differences: 'Mark the differences between responses',
  raw: 'Rendered or raw text',
  layout: 'Side by side or stacked',
  keys: 'This list',
  leave: 'Leave the queue',
}

/** All keys; each command's own can be changed. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const [bindings, setBindings] = useBindings()
  const { source } = useDesk()
  const [setting, setSetting] = useState<Bound | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  useNextKey(setting !== null, (key) => {
    if (!setting) return
    if (key === null) return setSaid('Press a key by itself, without Ctrl, Alt or ⌘.')
    const problem = key === 'Escape' ? null : problemOf(key, setting, bindings)
    setSaid(problem)
    if (key !== 'Escape' && !problem) setBindings({ ...bindings, [setting]: key })
    if (!problem) setSetting(null)
  })
  const reset = (bound: Bound) => {
    const problem = problemOf(defaultKeys[bound], bound, bindings)
    setSaid(problem)
    if (!problem) setBindings({ ...bindings, [bound]: defaultKeys[bound] })
  }
  const isChanged = (Object.keys(defaultKeys) as Bound[]).some(
    (bound) => bindings[bound] !== defaultKeys[bound],
  )
  return (
    <Dialog
      title="Keys"
      lead="Choose a key to change it. Kept in this browser."
      isOpen
      onOpenChange={onClose}
      actions={
        isChanged && (
          <Button
            onPress={() => {
              setSaid(null)
              setBindings(defaultKeys)
            }}
          >
            All as they were
          </Button>
        )
      }
    >
      <p role="status" className="sticky top-0 z-10 bg-surface py-1 text-13 text-danger empty:hidden">
        {said}
      </p>
      <dl className="grid grid-cols-[8.5rem_1fr] items-center gap-y-1 text-14">
        {[...fixed, ...(source.adjudicating ? [opinions] : [])].map(([keys, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="flex flex-wrap items-center gap-1 py-1">
              {keys.map((key) => (key === '…' ? <span key={key}>…</span> : <Kbd key={key}>{key}</Kbd>))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
        {(Object.keys(meanings) as Bound[]).map((bound) => (
          <div key={bound} className="contents">
            <dt>
              <Button
                kind="quiet"
                size="small"
                aria-label={`${meanings[bound]}: ${setting === bound ? 'press a key, or Escape' : `${keyLabel(bindings[bound])}, change`}`}
                className="-ml-1.5 px-1.5! pointer-coarse:min-h-11"
                onPress={() => {
                  setSaid(null)
                  setSetting(setting === bound ? null : bound)
                }}
              >
                {setting === bound ? (
                  <span className="text-spark-text">press a key</span>
                ) : (
                  <Kbd>{keyLabel(bindings[bound])}</Kbd>
                )}
              </Button>
            </dt>
            <dd className="flex items-center gap-2">
              <span className="flex-1">{meanings[bound]}</span>
              {bindings[bound] !== defaultKeys[bound] && (
                <Button
                  kind="quiet"
                  size="small"
                  aria-label={`${meanings[bound]}: back to ${keyLabel(defaultKeys[bound])}`}
                  onPress={() => reset(bound)}
                >
                  Back to {keyLabel(defaultKeys[bound])}
                </Button>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

function problemOf(key: string, bound: Bound, bindings: Bindings): string | null {
  if (!canBind(key)) return `${keyLabel(key)} cannot be given away: it means something everywhere.`
  const other = boundTo(bindings, key)
  return other && other !== bound ? `${keyLabel(key)} is taken: ${meanings[other]}.` : null
}

/** The next key pressed, wherever the focus is, and nobody else hears of it; null for one with Ctrl, Alt or ⌘. */
function useNextKey(listening: boolean, onKey: (key: string | null) => void) {
  useEffect(() => {
    if (!listening) return
    const press = (event: KeyboardEvent) => {
      if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta'].includes(event.key)) return
      event.stopImmediatePropagation()
      // The browser's own: only by itself does a key mean anything here.
      if (isChord(event)) return onKey(null)
      event.preventDefault()
      if (!event.repeat) onKey(event.key === 'Escape' ? 'Escape' : keyName(event, event.shiftKey))
    }
    window.addEventListener('keydown', press, true)
    return () => window.removeEventListener('keydown', press, true)
  })
}
