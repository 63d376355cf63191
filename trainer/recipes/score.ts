import { join } from 'node:path'
import type { ScoreSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { explainFullDisk, sha256OfFile } from '#trainer/io/checkpoint.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { startsOf, sumRows } from '#trainer/rlhf/masks.ts'
import { normalised } from '#trainer/rlhf/normalisation.ts'
import { deviationOfHeads } from '#trainer/rlhf/uncertainty.ts'
import { completionLine, encodeQuery, readData } from './data.ts'
import { appendLines, wholeLines } from './lines.ts'
import { closing, type Run, shouldStop } from './run.ts'
import { inParts, measureHeads, measureLogProbs, type Sequence } from './sequences.ts'

/**
 * Scores every completion into DIR/scores.jsonl, { id, tokens, score?, heads?, uncertainty?, logProb?, referenceLogProb?, kl? }, in
 * their order: the reward, of several heads their mean, what each of them says (`heads`) and their deviation (`uncertainty`), all in the
 * normalised unit; and the sums of log-probabilities over the completion's tokens, EOS included, in nats; kl is their difference (k1).
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG (with `tooLong` 'refuse'), TOKENIZER_MISMATCH, EMPTY_DATA, DISK_FULL, and what reading models throws.
 */
export const score = closing(async function* (spec: ScoreSpec, run: Run, open): AsyncGenerator<TrainerEvent> {
  // 1. Models, which must read text alike, and completions.
  const reward = spec.reward ? open(await loadModel(spec.reward, 'reward')) : null
  const policy = spec.policy ? open(await loadModel(spec.policy, 'policy')) : null
  const reference = spec.reference ? open(await loadModel(spec.reference, 'policy')) : null
  const models = [reward, policy, reference].filter((model) => model !== null)
  for (const model of models.slice(1)) sameTokenizer(models[0]!, model)
  const { tokenizer } = models[0]!
  const maxPositions = Math.min(...models.map((model) => model.config.maxPositions))
  const given = await readData(spec.data.completions, completionLine)
  const fitting = given.flatMap(({ id, prompt, completion, finished }) => {
    const response = finished ? tokenizer.encodeCompletion(completion) : tokenizer.encode(completion)
    const context = { name: `prompt ${id}`, responseLength: response.length, maxPositions }
    if (
      spec.tooLong === 'leave-out' &&
      tokenizer.encodePrompt(prompt).length + response.length > maxPositions
    )
      return []
    return { id, query: encodeQuery(tokenizer, prompt, context), response }
  })
  const sequences: Sequence[] = fitting
  const tooLong = given.length - fitting.length
  if (tooLong > 0) {
    const message = `${tooLong} of ${given.length} completions do not fit with their prompts into a context of ${maxPositions} tokens and are left out`
    yield { type: 'log', level: 'warn', message }
  }

  // 2. Each batch by all models, without gradients.
  const path = join(run.out, 'scores.jsonl')
  const total = Math.ceil(sequences.length / spec.batchSize)
  let first = wholeLines(path, run.resume)
  for (const part of inParts(sequences.slice(first), spec.batchSize)) {
    const started = performance.now()
    const starts = startsOf(part.map(({ response }) => response.length))
    const perSequence = (model: Model) =>
      sumRows(
        measureLogProbs(model, part, { temperature: spec.temperature, size: part.length }).logProbs,
        starts,
      )
    const measured = reward && measureHeads(reward, part, part.length)
    const deviations =
      measured && measured.headCount > 1 ? deviationOfHeads(measured.heads, measured.headCount) : null
    const applies = spec.normaliseReward ? reward?.normalisation : undefined
    const own = policy && perSequence(policy)
    const others = reference && perSequence(reference)
    const lines = part.map(({ response }, i) => {
      const line: Record<string, unknown> = { id: fitting[first + i]!.id, tokens: response.length }
      if (measured) {
        const raw = measured.scores[i]!
        line.score = applies ? normalised(raw, applies) : raw
        const { heads, headCount } = measured
        const own = heads.subarray(i * headCount, (i + 1) * headCount)
        if (headCount > 1)
          line.heads = Array.from(own, (head) => (applies ? normalised(head, applies) : head))
      }
      if (deviations) line.uncertainty = deviations[i]! * (applies?.gain ?? 1)
      if (own) line.logProb = own[i]
      if (others) line.referenceLogProb = others[i]
      if (own && others) line.kl = own[i]! - others[i]!
      return line
    })
    await explainFullDisk(path, async () => appendLines(path, lines))
    first += part.length

    // 3. Report, and stop where asked.
    const step = Math.ceil(first / spec.batchSize)
    const seconds = (performance.now() - started) / 1000
    yield {
      type: 'step',
      step,
      total,
      metrics: { completions: first, completions_per_second: part.length / seconds },
    }
    if (first < sequences.length && (await shouldStop(run))) {
      yield { type: 'stopped', step }
      return
    }
  }
  yield {
    type: 'done',
    artifacts: [{ kind: 'scores', path, sha256: sha256OfFile(path) }],
    summary: { completions: sequences.length, tooLong },
  }
})

/** Throws TOKENIZER_MISMATCH unless both models give a text the same tokens. */
export function sameTokenizer(one: Model, other: Model): void {
  if (JSON.stringify(one.tokenizer.json.model) === JSON.stringify(other.tokenizer.json.model)) return
  throw new WhetstoneError(
    'TOKENIZER_MISMATCH',
    `the ${one.kind} and the ${other.kind} model have different tokenizers (${one.tokenizer.vocabSize} and ${other.tokenizer.vocabSize} tokens)`,
    'Take models that descend from the same one.',
  )
}
