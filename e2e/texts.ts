/** Prompts of a parcel service with good and careless answers: enough to learn to end a sentence, quick to train on. */
const things = ['parcel', 'letter', 'invoice', 'refund', 'ticket', 'voucher']
const complaints = ['is late', 'is lost', 'is wrong']

interface ImportLine {
  prompt: string
  completions: string[]
  split: 'TRAIN' | 'EVAL'
  tags?: string[]
}

/** 18 prompts with three completions each, of which six (about refunds and vouchers) are held out. */
export function importLines(): ImportLine[] {
  return things.flatMap((thing) =>
    complaints.map((complaint) => ({
      prompt: `My ${thing} ${complaint}.`,
      completions: [`Sorry. We check your ${thing}.`, `We send a new ${thing}.`, `So what? Wait.`],
      split: thing === 'refund' || thing === 'voucher' ? 'EVAL' : 'TRAIN',
    })),
  )
}

export function jsonl(rows: unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** The smallest model the recipes take, and few passes over the data. */
export const tiny = {
  sft: {
    model: { init: { layers: 1, width: 32, heads: 2, vocabSize: 300, maxPositions: 64 } },
    epochs: 20,
    batchSize: 16,
    learningRate: 0.01,
  },
  generate: { completionsPerPrompt: 3, responseLength: 12 },
  reward: { epochs: 4, comparisonsPerBatch: 4 },
  ppo: { episodes: 24, batchSize: 8, responseLength: 12, evalPrompts: 6, samplesEvery: 1, samplesShown: 2 },
} as const
