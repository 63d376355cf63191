import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Annotator, ceiling, type JudgedPair, rank } from './annotators.ts'
import type { Client } from './client.ts'
import { type Demo, onceAs } from './demo.ts'
import { turnSomeGold } from './gold.ts'
import type { Bar } from './progress.ts'
import { sizes } from './recipe.ts'
import { annotatorClients, promptLines, tags } from './set-up.ts'

const batches = {
  compared: 'Round 1',
  shared: 'Round 1, three annotators each',
  open: 'Yours to rank',
} as const

/** Comparisons, ranked through the queue by the simulated annotators, and the snapshot made of their rankings. */
export async function annotate(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  for (const key of ['compared', 'shared', 'open'] as const) {
    await admin.post('/api/comparisons', {
      batch: batches[key],
      size: sizes.completionsPerPrompt,
      overlap: key === 'shared' ? 3 : 1,
      tag: tags[key],
      modelVersionId: state.ids.base,
      seed: state.seed,
      ...(key === 'compared' && { goldRate: sizes.goldRate, repeatRate: sizes.repeatRate }),
    })
  }
  const heldOut = heldOutPrompts(state.seed)
  await onceAs(demo, 'gold', () => turnSomeGold(demo, batches.compared, heldOut))
  let ranked = 0
  const total = sizes.trainComparisons + sizes.heldOutComparisons + 3 * sizes.sharedComparisons
  const people = await annotatorClients(demo)
  // Each works through the queue at the same time as the others, as people would.
  await Promise.all(
    people.map(async ({ annotator, client }) => {
      for (const key of ['shared', 'compared'] as const) {
        while (await rankNext(demo, annotator, client, batches[key])) {
          ranked++
          bar.update(Math.min(ranked, total), total)
        }
      }
    }),
  )
  await onceAs(demo, 'dataset', async () => {
    const name = 'Support replies, round 1'
    const { items } = await admin.get<{ items: { id: string; name: string }[] }>('/api/datasets?limit=50')
    const made = items.find((dataset) => dataset.name === name)
    if (made) return made.id
    return (await admin.post<{ id: string }>('/api/datasets', { name, filter: { ties: 'drop' } })).id
  })
  const { pairCount } = await admin.get<{ pairCount: number }>(`/api/datasets/${state.ids.dataset}`)
  return `${pairCount} preference pairs`
}

interface Claimed {
  assignment: {
    id: string
    prompt: { messages: { role: string; content: string }[] }
    completions: { id: string; text: string }[]
  } | null
}

/** One assignment claimed and ranked; false when the batch has nothing left for this annotator. */
async function rankNext(demo: Demo, annotator: Annotator, client: Client, batch: string): Promise<boolean> {
  const { assignment } = await client.post<Claimed>('/api/queue/claim', { batch })
  if (!assignment) return false
  const prompt = assignment.prompt.messages.findLast(({ role }) => role === 'user')?.content ?? ''
  const texts = assignment.completions.map(({ text }) => text)
  const { groups, allBad, strength, milliseconds } = rank(annotator, prompt, texts)
  await client.post('/api/rankings', {
    assignmentId: assignment.id,
    groups: groups.map((group) => group.map((index) => assignment.completions[index]?.id)),
    allBad,
    ...(strength === null ? {} : { strength }),
    millisecondsSpent: milliseconds,
    idempotencyKey: `demo-${assignment.id}`,
  })
  const line = {
    prompt,
    groups: groups.map((g) => g.map((i) => texts[i])),
    temperature: annotator.temperature,
  }
  appendFileSync(rankingsFile(demo), `${JSON.stringify(line)}\n`)
  return true
}

function heldOutPrompts(seed: number): Set<string> {
  const lines = promptLines(seed)
    .split('\n')
    .map((line) => JSON.parse(line) as { prompt: string; split: string })
  return new Set(lines.filter(({ split }) => split === 'EVAL').map(({ prompt }) => prompt))
}

const rankingsFile = ({ folder }: Demo) => join(folder, 'rankings.jsonl')

/** What the annotators' noise allows on the held-out pairs; see `ceiling`. */
export function rewardCeiling(demo: Demo): number {
  const heldOut = heldOutPrompts(demo.state.seed)
  const rankings = existsSync(rankingsFile(demo))
    ? readFileSync(rankingsFile(demo), 'utf8').trim().split('\n')
    : []
  const pairs: JudgedPair[] = []
  for (const line of rankings) {
    const { prompt, groups, temperature } = JSON.parse(line) as {
      prompt: string
      groups: string[][]
      temperature: number
    }
    if (!heldOut.has(prompt)) continue
    groups.forEach((better, i) => {
      for (const worse of groups.slice(i + 1)) {
        for (const chosen of better)
          for (const rejected of worse) pairs.push({ prompt, chosen, rejected, temperature })
      }
    })
  }
  return ceiling(pairs)
}
