'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NumberField, TextField } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'
import type { VersionLike } from '../../ui/version-chip.tsx'

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

/** Makes one round of comparisons from the completions that are there. */
export function MakeDialog({ policies, round }: { policies: VersionLike[]; round: number }) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [batch, setBatch] = useState('')
  const [size, setSize] = useState(3)
  const [overlap, setOverlap] = useState(1)
  const [limit, setLimit] = useState(Number.NaN)
  const [split, setSplit] = useState('TRAIN')
  const [version, setVersion] = useState('ALL')
  const [tag, setTag] = useState('')
  const [priority, setPriority] = useState(0)
  const [nothing, setNothing] = useState<Made | null>(null)

  const make = useAction(async () => {
    setNothing(null)
    const made = await request<Made>('POST', '/api/comparisons', {
      batch,
      size,
      overlap,
      priority,
      ...(split !== 'ALL' && { split }),
      ...(version !== 'ALL' && { modelVersionId: version }),
      ...(tag.trim() && { tag: tag.trim() }),
      ...(Number.isFinite(limit) && { limit }),
    })
    if (made.created === 0) return setNothing(made)
    setOpen(false)
    const skipped = made.skipped > 0 ? `${made.skipped} prompts skipped. ${made.reason ?? ''}` : undefined
    toast(`${made.created} comparisons are in the queue`, skipped)
    router.refresh()
  })

  const open = () => {
    setBatch(`round ${round}`)
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
        <div className="grid grid-cols-2 gap-4">
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
            label="Completions of"
            value={version}
            onChange={setVersion}
            choices={[
              { value: 'ALL', label: 'Any origin' },
              ...policies.map(({ id, name, version: number }) => ({
                value: id,
                label: `${name} v${number}`,
              })),
            ]}
          />
          <NumberField
            label="At most"
            unit="comparisons"
            description="Empty means all."
            minValue={1}
            value={limit}
            onChange={setLimit}
          />
          <NumberField
            label="Priority"
            description="Higher is served first."
            minValue={-100}
            maxValue={100}
            value={priority}
            onChange={setPriority}
          />
          <div className="col-span-2">
            {make.failure && <ErrorNotice failure={make.failure} />}
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
