import { Dialog } from '../../ui/dialog.tsx'
import { Kbd } from '../../ui/kbd.tsx'

const every: [string[], string][] = [
  [['←', '→'], 'Go to the response before or after; ↑ ↓ when stacked'],
  [['1', '…', '9'], 'Give the response in focus this rank and go to the next without one'],
  [['='], 'Tie it with the one ranked last'],
  [['Backspace'], 'Take its rank away'],
  [['0'], 'None is acceptable'],
]
const pairs: [string[], string][] = [
  [['A'], 'A is better'],
  [['B'], 'B is better'],
  [['E'], 'Equal'],
  [['Shift', '1', '…', '4'], 'By how much: negligibly, slightly, better, significantly'],
]
const rest: [string[], string][] = [
  [['Enter'], 'Submit; Ctrl or ⌘ Enter from the comment'],
  [['Z'], 'Undo; on an untouched item, reopen the last one submitted'],
  [['S'], 'Skip, with a reason'],
  [['C'], 'Comment; Escape leaves the box'],
  [['F'], 'Flag the response in focus'],
  [['P'], 'Flag the prompt'],
  [['D'], 'Mark the differences between two responses'],
  [['L'], 'Side by side or stacked'],
  [['G'], 'Guidelines'],
  [['X'], 'Leave the queue'],
  [['?'], 'This list'],
]

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" isOpen onOpenChange={onClose}>
      <KeyList title="Every comparison" keys={every} />
      <KeyList title="Two responses" keys={pairs} />
      <KeyList title="Then" keys={rest} />
    </Dialog>
  )
}

function KeyList({ title, keys }: { title: string; keys: [string[], string][] }) {
  return (
    <>
      <h3 className="mt-4 mb-1 text-13 font-medium text-ink-3 first:mt-0">{title}</h3>
      <dl className="grid grid-cols-[8.5rem_1fr] gap-y-1.5 text-14">
        {keys.map(([keys, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="flex flex-wrap items-center gap-1">
              {keys.map((key) => (key === '…' ? <span key={key}>…</span> : <Kbd key={key}>{key}</Kbd>))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
