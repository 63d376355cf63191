'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Form } from 'react-aria-components'
import { request } from '../../../../ui/api.ts'
import { Button } from '../../../../ui/button.tsx'
import { ErrorNotice } from '../../../../ui/error-notice.tsx'
import { NumberField, TextField } from '../../../../ui/field.tsx'
import { toast } from '../../../../ui/toast.tsx'
import { useAction } from '../../../../ui/use-action.ts'
import { PeopleField, type Person } from '../../people-field.tsx'
import { rangeWords } from '../range-words.ts'
import { type BatchSettings, changesOf, type Settings, settingsOf } from './settings.ts'

interface Batch extends BatchSettings {
  id: string
}

/** Says that an empty field stands for several values. */
const mixed = (range: { low: number; high: number }) =>
  range.low === range.high ? '' : ` Now ${rangeWords(range)}; a number here goes to all.`

/** What a batch's comparisons are served by. Only what was changed is sent. */
export function SettingsForm({ batch, people }: { batch: Batch; people: Person[] }) {
  const router = useRouter()
  const before = settingsOf(batch)
  const [now, setNow] = useState(before)
  const set = (change: Partial<Settings>) => setNow({ ...now, ...change })
  const changes = changesOf(before, now)
  const changed = Object.keys(changes).length > 0

  const save = useAction(async () => {
    const { keptHigher } = await request<{ keptHigher: number }>('PATCH', `/api/batches/${batch.id}`, changes)
    toast(
      'The batch is changed',
      keptHigher === 0
        ? undefined
        : `${keptHigher === 1 ? 'One comparison keeps' : `${keptHigher} comparisons keep`} more annotators: that many have ranked or hold it already.`,
    )
    router.refresh()
  })

  return (
    <Form
      className="rounded-md border border-line bg-surface p-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (changed) void save.run()
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <TextField
          label="Name"
          description="As annotators see it while they rank."
          isRequired
          maxLength={100}
          value={now.name}
          onChange={(name) => set({ name })}
        />
        <PeopleField
          label="Who ranks"
          description={
            batch.assigneesMixed
              ? 'Its comparisons are for different people; a choice here goes to all.'
              : 'Choose nobody, and anyone may.'
          }
          people={people}
          chosen={now.assigneeIds}
          onChange={(assigneeIds) => set({ assigneeIds })}
        />
        <NumberField
          label="Priority"
          description={`Higher is served first.${mixed(batch.priority)}`}
          minValue={-1000}
          maxValue={1000}
          step={1}
          value={now.priority}
          onChange={(priority) => set({ priority })}
        />
        <NumberField
          label="Annotators each"
          description={`How many people rank each comparison.${mixed(batch.overlap)}`}
          minValue={1}
          maxValue={100}
          step={1}
          value={now.overlap}
          onChange={(overlap) => set({ overlap })}
        />
        <NumberField
          label="Gold items"
          unit="%"
          description="Of what each person gets: items with a known answer, to measure accuracy."
          minValue={0}
          maxValue={50}
          value={now.goldPercent}
          onChange={(goldPercent) => set({ goldPercent })}
        />
        <NumberField
          label="Repeated items"
          unit="%"
          description="Of what each person gets: their own earlier items again, to measure consistency."
          minValue={0}
          maxValue={50}
          value={now.repeatPercent}
          onChange={(repeatPercent) => set({ repeatPercent })}
        />
      </div>
      {save.failure && (
        <div className="mt-4">
          <ErrorNotice failure={save.failure} />
        </div>
      )}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        {changed && <Button onPress={() => setNow(before)}>Undo changes</Button>}
        <Button type="submit" isDisabled={!changed || !now.name.trim()} isPending={save.pending}>
          Save
        </Button>
      </div>
    </Form>
  )
}
