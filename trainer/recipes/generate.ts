import { join } from 'node:path'
import type { GenerateSpec } from '#trainer/config.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { explainFullDisk, sha256OfFile } from '#trainer/io/checkpoint.ts'
import { loadModel } from '#trainer/io/model-folder.ts'
import { generate as sample } from '#trainer/nn/rollout.ts'
import { encodeQuery, promptLine, readData } from './data.ts'
import { appendLines, wholeLines } from './lines.ts'
import { closing, type Run, shouldStop } from './run.ts'

/**
 * Samples completions of every prompt into DIR/completions.jsonl, { id, index, completion, tokens, finished }, in the order of the
 * prompts. A resumed run goes on behind the last whole line and writes what an uninterrupted one would have.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, EMPTY_DATA, DISK_FULL, and what reading models throws.
 */
export const generate = closing(async function* (
  spec: GenerateSpec,
  run: Run,
  open,
): AsyncGenerator<TrainerEvent> {
  // 1. The model and all prompts: one that does not fit is refused before anything is sampled.
  const model = open(await loadModel(spec.model, 'policy'))
  const { tokenizer } = model
  const prompts = await readData(spec.data.prompts, promptLine)
  const queries = prompts.map(({ id, prompt }) =>
    encodeQuery(tokenizer, prompt, {
      name: `prompt ${id}`,
      responseLength: spec.responseLength,
      maxPositions: model.config.maxPositions,
    }),
  )

  // 2. Row r is completion r mod K of prompt ⌊r / K⌋; its tokens depend on the seed and on r alone.
  const path = join(run.out, 'completions.jsonl')
  const perPrompt = spec.completionsPerPrompt
  const rows = prompts.length * perPrompt
  const total = Math.ceil(rows / spec.batchSize)
  let row = wholeLines(path, run.resume)
  if (row > 0) yield { type: 'log', level: 'info', message: `continuing after ${row} of ${rows} completions` }

  while (row < rows) {
    const started = performance.now()
    const size = Math.min(spec.batchSize, rows - row)
    const places = Array.from({ length: size }, (_, i) => row + i)
    const { responses } = sample(
      model,
      places.map((place) => queries[Math.floor(place / perPrompt)]!),
      { ...spec, step: 0, firstRow: row, stopAtEos: true, batchSize: size },
    )
    const lines = responses.map((response, i) => ({
      id: prompts[Math.floor(places[i]! / perPrompt)]!.id,
      index: places[i]! % perPrompt,
      completion: tokenizer.decode(response),
      tokens: response.length,
      finished: response.at(-1) === tokenizer.eosTokenId,
    }))
    await explainFullDisk(path, async () => appendLines(path, lines))
    row += size

    // 3. Report, and stop where asked.
    const tokens = responses.reduce((sum, response) => sum + response.length, 0)
    const step = Math.ceil(row / spec.batchSize)
    yield {
      type: 'step',
      step,
      total,
      metrics: {
        completions: row,
        tokens_per_second: (tokens / (performance.now() - started)) * 1000,
        'response/length': tokens / size,
        'response/finished': lines.filter(({ finished }) => finished).length / size,
      },
    }
    if (row < rows && (await shouldStop(run))) {
      yield { type: 'stopped', step }
      return
    }
  }
  yield {
    type: 'done',
    artifacts: [{ kind: 'completions', path, sha256: sha256OfFile(path) }],
    summary: { prompts: prompts.length, completions: rows },
  }
})
