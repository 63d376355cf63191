'use client'

import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { NumberField } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import type { VersionLike } from '../../ui/version-chip.tsx'
import { PeopleField, type Person } from './people-field.tsx'

/** What few rounds need; percentages are NaN when they are left empty. */
export interface More {
  version: string
  priority: number
  assigneeIds: string[]
  goldPercent: number
  repeatPercent: number
}

const anyVersion = 'ALL'

export const startMore: More = {
  version: anyVersion,
  priority: 0,
  assigneeIds: [],
  goldPercent: Number.NaN,
  repeatPercent: Number.NaN,
}

/** The part of POST /api/comparisons that it stands for. */
export function moreBody({ version, priority, assigneeIds, goldPercent, repeatPercent }: More) {
  return {
    priority: Number.isFinite(priority) ? priority : 0,
    assigneeIds,
    ...(version !== anyVersion && { modelVersionId: version }),
    ...(Number.isFinite(goldPercent) && { goldRate: goldPercent / 100 }),
    ...(Number.isFinite(repeatPercent) && { repeatRate: repeatPercent / 100 }),
  }
}

/** Who is asked, which completions, what is mixed in: folded, since the defaults suit most rounds. */
export function MakeMore({
  policies,
  people,
  more,
  onChange,
}: {
  policies: VersionLike[]
  people: Person[]
  more: More
  onChange: (more: More) => void
}) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const set = (change: Partial<More>) => onChange({ ...more, ...change })
  return (
    <div className="col-span-2 border-t border-line pt-2">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-8 w-full items-center gap-2 rounded-sm text-left text-13 font-medium hover:bg-hover pointer-coarse:min-h-11"
      >
        <ChevronRight
          aria-hidden
          className={`text-ink-3 transition-transform motion-reduce:transition-none ${isOpen ? 'rotate-90' : ''}`}
        />
        More
        <span className="font-normal text-ink-3">
          {!isOpen && 'annotators, gold and repeated items, priority'}
        </span>
      </button>
      <div id={id} hidden={!isOpen} className="grid grid-cols-2 items-start gap-4 pt-3">
        {isOpen && (
          <>
            <PeopleField
              className="col-span-2"
              label="Annotators"
              description="Only the people chosen get them; nobody chosen means anyone."
              people={people}
              chosen={more.assigneeIds}
              onChange={(assigneeIds) => set({ assigneeIds })}
            />
            <NumberField
              label="Gold items"
              unit="%"
              description="Share of items with a known answer, mixed in unseen. Empty keeps the batch’s share."
              minValue={0}
              maxValue={50}
              value={more.goldPercent}
              onChange={(goldPercent) => set({ goldPercent })}
            />
            <NumberField
              label="Repeated items"
              unit="%"
              description="Share of items an annotator gets a second time. Empty keeps the batch’s share."
              minValue={0}
              maxValue={50}
              value={more.repeatPercent}
              onChange={(repeatPercent) => set({ repeatPercent })}
            />
            <Select
              label="Completions of"
              value={more.version}
              onChange={(version) => set({ version })}
              choices={[
                { value: anyVersion, label: 'Any origin' },
                ...policies.map(({ id, name, version }) => ({ value: id, label: `${name} v${version}` })),
              ]}
            />
            <NumberField
              label="Priority"
              description="Higher is served first."
              minValue={-100}
              maxValue={100}
              value={more.priority}
              onChange={(priority) => set({ priority })}
            />
          </>
        )}
      </div>
    </div>
  )
}
