'use client'

import { type Dispatch, useState } from 'react'
import { type Place, placed, placeOf, placesFor, samePlace } from './places.ts'
import { type Action, letter } from './ranking-state.ts'
import { placeWords } from './words.ts'

/** A card picked up by the keyboard, on its way through the places of the order. */
export interface Lift {
  card: number
  place: Place
  /** The order as it would be if it were dropped now. */
  marks: (number | null)[]
}

const steps: Record<string, number> = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

/** Dragging by the keyboard: arrows go through the places, Enter or Space drops, Escape puts back; every step is told. */
export function useLift(marks: readonly (number | null)[], act: Dispatch<Action>) {
  const [lift, setLift] = useState<Lift | null>(null)
  const [said, setSaid] = useState('')

  const at = (card: number, place: Place): Lift => ({ card, place, marks: placed(marks, card, place) })
  const pickUp = (card: number) => {
    const now = at(card, placeOf(marks, card))
    setLift(now)
    setSaid(
      `Response ${letter(card)} picked up, ${placeWords(marks, card, now.place)}. Arrows move it, Enter drops it, Escape puts it back.`,
    )
  }
  const drop = () => {
    if (!lift) return
    act({ type: 'place', card: lift.card, place: lift.place })
    setLift(null)
    setSaid(`Response ${letter(lift.card)} dropped, ${placeWords(marks, lift.card, lift.place)}.`)
  }
  const putBack = () => {
    if (!lift) return
    setLift(null)
    setSaid(
      `Response ${letter(lift.card)} put back, ${placeWords(marks, lift.card, placeOf(marks, lift.card))}.`,
    )
  }
  /** Whether the key was one of the drag's own. */
  const press = (key: string): boolean => {
    if (!lift) return false
    const step = steps[key]
    if (key === 'Enter' || key === ' ') drop()
    else if (key === 'Escape') putBack()
    else if (step === undefined) return false
    else {
      const places = placesFor(marks, lift.card)
      const now = places.findIndex((place) => samePlace(place, lift.place))
      const place = places[Math.max(0, Math.min(places.length - 1, now + step))]!
      setLift(at(lift.card, place))
      setSaid(placeWords(marks, lift.card, place))
    }
    return true
  }
  return { lift, said, pickUp, drop, putBack, press }
}
