'use client'

import { Camera } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { Checkbox, labelClass, TextField } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'

const tieChoices = [
  { value: 'drop', label: 'Leave ties out' },
  { value: 'keep', label: 'Keep ties', description: 'As pairs without a winner.' },
]

const weightChoices = [
  { value: 'uniform', label: 'All pairs alike' },
  {
    value: 'annotator',
    label: 'By annotator',
    description: 'Who agrees more with the others weighs more, as Quality shows.',
  },
]

const decisionChoices = [
  {
    value: 'wins',
    label: 'The decision wins',
    description:
      'It stands in place of what annotators said of that comparison. A decision outside the dates above does not count, so what they said stays.',
  },
  { value: 'ignored', label: 'Only what annotators said' },
]

/** Freezes the rankings that pass the filter into a dataset. */
export function SnapshotDialog({
  batches,
  number,
}: {
  batches: { id: string; name: string }[]
  number: number
}) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState(`preferences ${number}`)
  const [chosen, setChosen] = useState<string[]>([])
  const [tags, setTags] = useState('')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [excludeFlagged, setExcludeFlagged] = useState(true)
  const [ties, setTies] = useState('drop')
  const [weights, setWeights] = useState('uniform')
  const [adjudication, setAdjudication] = useState('wins')

  const make = useAction(async () => {
    const named = tags.split(',').map((tag) => tag.trim())
    const made = await request<{ id: string }>('POST', '/api/datasets', {
      name,
      filter: {
        ties,
        weights,
        adjudication,
        excludeFlagged,
        ...(chosen.length > 0 && { batches: chosen }),
        ...(tags.trim() && { tags: named.filter(Boolean) }),
        ...(from && { from: new Date(`${from}T00:00`).toISOString() }),
        ...(to && { to: new Date(`${to}T23:59:59.999`).toISOString() }),
      },
    })
    toast(`The dataset ${name} is made`)
    router.push(`/datasets/${made.id}`)
  })

  return (
    <>
      <Button kind="primary" onPress={() => setOpen(true)}>
        <Camera aria-hidden />
        Snapshot
      </Button>
      <Dialog
        title="Snapshot the rankings"
        lead="Turns the rankings that pass the filter into pairs. The dataset never changes afterwards."
        isOpen={isOpen}
        onOpenChange={setOpen}
        actions={
          <>
            <Button onPress={() => setOpen(false)}>Cancel</Button>
            <Button
              kind="primary"
              isDisabled={!name.trim()}
              isPending={make.pending}
              onPress={() => void make.run()}
            >
              Make the dataset
            </Button>
          </>
        }
      >
        <div className="grid grid-cols-2 items-start gap-4">
          <TextField className="col-span-2" label="Name" isRequired value={name} onChange={setName} />
          {batches.length > 0 && (
            <fieldset className="col-span-2 flex flex-col gap-2 pointer-coarse:gap-0">
              <legend className={`${labelClass} mb-1`}>Batches</legend>
              {batches.map((batch) => (
                <Checkbox
                  key={batch.id}
                  isSelected={chosen.includes(batch.name)}
                  onChange={(on) =>
                    setChosen(on ? [...chosen, batch.name] : chosen.filter((name) => name !== batch.name))
                  }
                >
                  {batch.name}
                </Checkbox>
              ))}
              <p className="text-13 text-ink-3">None ticked means all of them.</p>
            </fieldset>
          )}
          <TextField label="Ranked from" type="date" value={from} onChange={setFrom} />
          <TextField label="Ranked until" type="date" value={to} onChange={setTo} />
          <TextField
            label="With one of the tags"
            description="Commas between them; empty means any."
            value={tags}
            onChange={setTags}
          />
          <Select label="Ties" value={ties} onChange={setTies} choices={tieChoices} />
          <Select
            className="col-span-2"
            label="Weights"
            value={weights}
            onChange={setWeights}
            choices={weightChoices}
          />
          <Select
            className="col-span-2"
            label="Disagreements that a researcher decided"
            value={adjudication}
            onChange={setAdjudication}
            choices={decisionChoices}
          />
          <Checkbox className="col-span-2" isSelected={excludeFlagged} onChange={setExcludeFlagged}>
            Leave out what annotators flagged
          </Checkbox>
          {make.failure && (
            <div className="col-span-2">
              <ErrorNotice failure={make.failure} />
            </div>
          )}
        </div>
      </Dialog>
    </>
  )
}
