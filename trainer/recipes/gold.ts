import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { PpoSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { normalised } from '#trainer/rlhf/normalisation.ts'
import type { Query } from './rollouts.ts'
import { sameTokenizer } from './score.ts'
import { measureScores, type Sequence } from './sequences.ts'

/** A judge that a policy does not learn from. */
export interface GoldJudge {
  /** The score of each response to its prompt. Throws RUBRIC_INVALID. */
  score(prompts: readonly Query[], sequences: readonly Sequence[]): Promise<number[]>
  dispose(): void
}

/**
 * The gold judge of a spec: a reward model's folder, or a JavaScript module that exports `score(prompt, completion)`, a number or a
 * promise of one; it is run as it is, so only the command line can name it. Throws FILE_MISSING, RUBRIC_INVALID,
 * TOKENIZER_MISMATCH, and what reading models throws.
 */
export async function loadGoldJudge(
  spec: { microBatchSize: number; data: Pick<PpoSpec['data'], 'goldReward' | 'goldRubric'> },
  policy: Model,
): Promise<GoldJudge> {
  const { goldReward, goldRubric } = spec.data
  if (goldReward) return rewardJudge(await loadModel(goldReward, 'reward'), policy, spec.microBatchSize)
  return rubricJudge(goldRubric!, policy)
}

function rewardJudge(model: Model, policy: Model, size: number): GoldJudge {
  sameTokenizer(policy, model)
  const { normalisation } = model
  return {
    score: async (_, sequences) =>
      Array.from(measureScores(model, sequences, size), (score) =>
        normalisation ? normalised(score, normalisation) : score,
      ),
    dispose: () => model.dispose(),
  }
}

async function rubricJudge(path: string, policy: Model): Promise<GoldJudge> {
  if (!existsSync(path))
    throw new WhetstoneError(
      'FILE_MISSING',
      `there is no rubric ${path}`,
      'Give the path of a JavaScript module.',
    )
  const { score } = (await import(pathToFileURL(path).href)) as { score?: unknown }
  if (typeof score !== 'function')
    throw new WhetstoneError(
      'RUBRIC_INVALID',
      `${path} exports no function score`,
      'Export score(prompt, completion), which returns a number.',
    )
  return {
    score: async (prompts, sequences) => {
      const scores: number[] = []
      for (const [row, { response }] of sequences.entries()) {
        const value: unknown = await score(prompts[row]!.text, policy.tokenizer.decode(response))
        if (typeof value !== 'number' || !Number.isFinite(value))
          throw new WhetstoneError(
            'RUBRIC_INVALID',
            `score of ${path} gave ${String(value)} for ${JSON.stringify(prompts[row]!.text.slice(0, 80))}`,
            'Return a finite number for every prompt and completion.',
          )
        scores.push(value)
      }
      return scores
    },
    dispose: () => {},
  }
}
