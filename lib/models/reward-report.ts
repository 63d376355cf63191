import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** A share of pairs whose chosen completion scores higher, with its 95 % interval. */
const share = z.object({ pairs: z.number(), low: z.number(), high: z.number(), pairCount: z.int() })
const slices = z.record(z.string(), share)

const heldOut = z.object({
  comparisons: z.int(),
  pairs: z.int(),
  ties: z.int(),
  accuracy: share.extend({ comparisons: z.number(), comparisonCount: z.int() }),
  /** By people's grades 1 … 4, or 'ungraded'. */
  byStrength: slices,
  /** 'same', 'shorter chosen', 'longer chosen'. */
  byLength: slices,
  byLengthDifference: z.object({ terciles: z.array(z.number()), accuracy: slices }),
  /** By the id of the annotator. */
  byAnnotator: slices,
  calibration: z.object({
    ece: z.number(),
    logLoss: z.number(),
    bins: z.array(
      z.object({
        from: z.number(),
        to: z.number(),
        count: z.int(),
        confidence: z.number().nullable(),
        accuracy: z.number().nullable(),
      }),
    ),
    temperature: z.number().nullable(),
  }),
  uncertainty: z
    .object({ mean: z.number(), ofRight: z.number().nullable(), ofWrong: z.number().nullable() })
    .optional(),
})

/** report.json of a reward model's folder, as trainer/recipes/reward.ts writes it; `heldOut` is null without held-out pairs. */
const rewardReport = z.object({ loss: z.string(), heads: z.int(), heldOut: heldOut.nullable() })

export type RewardReport = z.output<typeof rewardReport>

/** The report in a reward model's folder; null where there is none, or one that is not Whetstone's. */
export async function readReport(folder: string): Promise<RewardReport | null> {
  const path = join(folder, 'report.json')
  if (!existsSync(path)) return null
  return rewardReport.safeParse(JSON.parse(await readFile(path, 'utf8'))).data ?? null
}
