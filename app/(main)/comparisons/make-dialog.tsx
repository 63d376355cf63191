'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NumberField, TextField } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'
import type { VersionLike } from '../../ui/version-chip.tsx'
import { ScoreButton } from '../runs/score-button.tsx'
import { MakeMore, type More, moreBody, startMore } from './make-more.tsx'
import type { Person } from './people-field.tsx'

interface Made {
  created: number
  skipped: number
  reason?: string
}

const splits = [
  { value: 'ALL', label: 'All prompts' },
  { value: 'TRAIN', label: 'Train prompts' },
  { value: 'EVAL', label: 'Held-out prompts' },
]

/** How prompts and completions are chosen, a line each. */
const criteria = [
  { value: 'random', label: 'At random', description: 'Every prompt has the same chance.' },
  {
    value: 'disagreement',
    label: 'By disagreement',
    description: 'Where the heads of a reward model differ most.',
  },
  {
    value: 'information',
    label: 'By information',
    description: 'Where a ranking would teach a reward model most.',
  },
  {
    value: 'coverage',
    label: 'By coverage',
    description: 'What is least like everything compared so far.',
  },
]
const ofModel = ['disagreement', 'information']

/** Makes one round of comparisons from the completions that are there. */
export function MakeDialog({
  policies,
  rewards,
  people,
  round,
}: {
  policies: VersionLike[]
  /** The newest first. */
  rewards: VersionLike[]
  people: Person[]
  round: number
}) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [batch, setBatch] = useState('')
  const [size, setSize] = useState(3)
  const [overlap, setOverlap] = useState(1)
  const [limit, setLimit] = useState(Number.NaN)
  const [split, setSplit] = useState('TRAIN')
  const [tag, setTag] = useState('')
  const [by, setBy] = useState('random')
  const [rewardId, setRewardId] = useState('')
  const [more, setMore] = useState<More>(startMore)
  const [nothing, setNothing] = useState<Made | null>(null)

  const needsModel = ofModel.includes(by)
  const reward = rewards.find(({ id }) => id === rewardId) ?? rewards[0]
  const promptFilter = { ...(split !== 'ALL' && { split }), ...(tag.trim() && { tag: tag.trim() }) }

  const make = useAction(async (unscored?: 'leave-out') => {
    setNothing(null)
    const made = await request<Made>('POST', '/api/comparisons', {
      batch,
      size,
      overlap,
      ...promptFilter,
      ...(Number.isFinite(limit) && { limit }),
      select: { by, ...(needsModel && { rewardId: reward?.id, unscored }) },
      ...moreBody(more),
    })
    if (made.created === 0) return setNothing(made)
    setOpen(false)
    const skipped = made.skipped > 0 ? `${made.skipped} prompts skipped. ${made.reason ?? ''}` : undefined
    toast(`${made.created} comparisons are in the queue`, skipped)
    router.refresh()
  })

  // A long form may have scrolled what went wrong out of sight.
  const outcome = useRef<HTMLDivElement>(null)
  const failed = make.failure !== null || nothing !== null
  useEffect(() => {
    if (failed) outcome.current?.scrollIntoView({ block: 'nearest' })
  }, [failed])

  const open = () => {
    setBatch(`round ${round}`)
    make.clear()
    setNothing(null)
    setOpen(true)
  }

  return (
    <>
      <Button kind="primary" onPress={open}>
        <Plus aria-hidden />
        Make comparisons
      </Button>
      <Dialog
        title="Make comparisons"
        lead="One comparison for each prompt with enough completions; annotators get them at once."
        isOpen={isOpen}
        onOpenChange={setOpen}
        actions={
          <>
            <Button onPress={() => setOpen(false)}>Cancel</Button>
            <Button
              kind="primary"
              isDisabled={!batch.trim()}
              isPending={make.pending}
              onPress={() => void make.run()}
            >
              Make
            </Button>
          </>
        }
      >
        <div className="grid grid-cols-2 items-start gap-4">
          <TextField className="col-span-2" label="Batch" isRequired value={batch} onChange={setBatch} />
          <NumberField
            label="Completions each"
            description="2 is a pair; 4 gives six pairs."
            minValue={2}
            maxValue={9}
            value={size}
            onChange={setSize}
          />
          <NumberField
            label="Annotators each"
            description="More than one measures agreement."
            minValue={1}
            maxValue={50}
            value={overlap}
            onChange={setOverlap}
          />
          <Select label="Prompts" value={split} onChange={setSplit} choices={splits} />
          <TextField label="With the tag" value={tag} onChange={setTag} />
          <Select
            label="Choose"
            value={by}
            onChange={setBy}
            choices={criteria}
            disabledKeys={rewards.length === 0 ? ofModel : []}
            description={
              rewards.length === 0
                ? 'Disagreement and information need a reward model.'
                : criteria.find(({ value }) => value === by)?.description
            }
          />
          <NumberField
            label="At most"
            unit="comparisons"
            description="Empty means all."
            minValue={1}
            value={limit}
            onChange={setLimit}
          />
          {needsModel && (
            <Select
              className="col-span-2"
              label="Reward model"
              value={reward?.id ?? null}
              onChange={setRewardId}
              choices={rewards.map(({ id, name, version }) => ({ value: id, label: `${name} v${version}` }))}
              description={
                by === 'disagreement'
                  ? 'It must have several heads and have scored the completions.'
                  : 'It must have scored the completions. One with several heads tells doubt from taste.'
              }
            />
          )}
          <MakeMore policies={policies} people={people} more={more} onChange={setMore} />
          <div ref={outcome} className="col-span-2 flex flex-col gap-3 empty:hidden">
            {make.failure && <ErrorNotice failure={make.failure} />}
            {make.failure?.code === 'CONFLICT' && needsModel && reward && (
              <div className="flex flex-wrap gap-2">
                <ScoreButton reward={reward} promptFilter={promptFilter} />
                <Button isPending={make.pending} onPress={() => void make.run('leave-out')}>
                  Choose among those with a score
                </Button>
              </div>
            )}
            {nothing && (
              <ErrorNotice
                failure={{
                  code: 'NOTHING_MADE',
                  message: `No comparison was made; ${nothing.skipped} prompts were skipped.`,
                  hint: nothing.reason ?? 'Generate or import more completions, or choose other prompts.',
                }}
              />
            )}
          </div>
        </div>
      </Dialog>
    </>
  )
}
