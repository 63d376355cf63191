import { z } from 'zod'

/** Comparison.gold: the answer that annotators' rankings are held to. */
export const goldSchema = z.object({
  /** Best first; ids of one group are tied. */
  groups: z.array(z.array(z.string())),
  allBad: z.boolean(),
  note: z.string().nullable(),
  /** How many annotators should have ranked it before it turned gold. */
  overlap: z.number().int(),
  byId: z.string(),
  at: z.iso.datetime(),
})
export type Gold = z.output<typeof goldSchema>

/** Each annotator gets a gold item at most once, and so many may. */
export const goldOverlap = 1000
