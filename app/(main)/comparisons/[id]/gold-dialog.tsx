'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../../ui/api.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { Checkbox, labelClass, TextField } from '../../../ui/field.tsx'
import { Select } from '../../../ui/select.tsx'
import { toast } from '../../../ui/toast.tsx'
import { useAction } from '../../../ui/use-action.ts'
import { orderWords } from './order.ts'
import { groupsOf, placesOf } from './places.ts'

export interface Answer {
  groups: string[][]
  allBad: boolean
}

export interface Offer extends Answer {
  /** 'The decision', 'Ada and Bo'. */
  label: string
}

const unranked = 'none'
const ordinals = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th', '8th', '9th']

/** Asks for the right answer: one that was given, or an order of one's own. */
export function GoldDialog({
  comparisonId,
  letters,
  offers,
  current,
  onClose,
}: {
  comparisonId: string
  letters: Map<string, string>
  /** What others said, the best guess first. */
  offers: Offer[]
  /** The answer it has, when it is gold already. */
  current: (Answer & { note: string | null }) | null
  onClose: () => void
}) {
  const router = useRouter()
  const ids = [...letters.keys()]
  const start = current ?? offers[0] ?? { groups: [], allBad: false }
  const [places, setPlaces] = useState(() => placesOf(start.groups, ids))
  const [allBad, setAllBad] = useState(start.allBad)
  const [note, setNote] = useState(current?.note ?? '')
  const groups = groupsOf(places, ids)
  const enough = allBad || groups.flat().length >= 2

  const save = useAction(async () => {
    await request('POST', `/api/comparisons/${comparisonId}/gold`, { groups, allBad, note })
    toast(current ? 'The gold answer is changed' : 'It is gold now')
    onClose()
    router.refresh()
  })
  const use = (offer: Answer) => {
    setPlaces(placesOf(offer.groups, ids))
    setAllBad(offer.allBad)
  }

  return (
    <Dialog
      title={current ? 'Change the gold answer' : 'Make it a gold item'}
      lead="Annotators get it among the others without knowing. Their rankings of it are held to this answer and enter no dataset."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            isDisabled={!enough}
            isPending={save.pending}
            onPress={() => void save.run()}
          >
            {current ? 'Save the answer' : 'Make it gold'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {offers.length > 0 && (
          <fieldset>
            <legend className={`${labelClass} mb-2`}>Take an answer that was given</legend>
            <ul className="flex flex-col gap-1">
              {offers.map((offer) => (
                <li key={offer.label}>
                  <Button
                    className="h-auto! min-h-8 w-full flex-wrap justify-between! gap-x-3! py-1 text-left whitespace-normal! aria-pressed:border-ink! aria-pressed:bg-hover pointer-coarse:min-h-11"
                    aria-pressed={isSame(offer, { groups, allBad })}
                    onPress={() => use(offer)}
                  >
                    <span className="font-semibold">{orderWords(offer.groups, letters)}</span>
                    <span className="text-13 text-ink-2">
                      {offer.label}
                      {offer.allBad && ', none acceptable'}
                    </span>
                  </Button>
                </li>
              ))}
            </ul>
          </fieldset>
        )}
        <fieldset>
          <legend className={`${labelClass} mb-2`}>The right answer</legend>
          <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
            {ids.map((id, index) => (
              <Select
                key={id}
                label={letters.get(id) ?? ''}
                value={String(places[index] ?? unranked)}
                onChange={(value) => setPlaces(places.with(index, value === unranked ? null : Number(value)))}
                choices={[
                  ...ids.map((_, at) => ({ value: String(at + 1), label: ordinals[at]! })),
                  { value: unranked, label: 'not asked' },
                ]}
              />
            ))}
          </div>
          <p aria-live="polite" className="mt-2 text-13 text-ink-2">
            {groups.length > 0 ? orderWords(groups, letters) : 'No order yet'}. Equal places tie.
          </p>
          <Checkbox className="mt-3 pointer-coarse:mt-0" isSelected={allBad} onChange={setAllBad}>
            None is acceptable
          </Checkbox>
        </fieldset>
        <TextField
          label="Why, for researchers"
          description="Annotators never see it."
          rows={2}
          maxLength={2000}
          value={note}
          onChange={setNote}
        />
        {save.failure && <ErrorNotice failure={save.failure} />}
      </div>
    </Dialog>
  )
}

function isSame(a: Answer, b: Answer): boolean {
  const plain = ({ groups, allBad }: Answer) =>
    JSON.stringify([groups.map((group) => group.toSorted()), allBad])
  return plain(a) === plain(b)
}
