import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluationSummary } from '../evaluations/summary.ts'
import { type Annotator, ceiling, type JudgedPair, rank, simulatedAnnotators } from './annotators.ts'
import { type Account, type Client, signIn, signUp } from './client.ts'
import { distinctMessages, supportDesk } from './grammar.ts'
import { guidelines } from './guidelines.ts'
import type { Bar } from './progress.ts'
import { baseRecipe, evaluationRecipe, generateRecipe, ppoRecipe, rewardRecipe, sizes } from './recipe.ts'
import { type RunDetails, untilDone } from './run.ts'
import type { State } from './state.ts'

export interface Demo {
  url: string
  folder: string
  state: State
  /** Keeps what happened so far, so that a demo that is started again goes on from here. */
  save(): void
  admin: Client
}

/** A prompt to compare carries `sampled` and the tag of its batch. */
const tags = { sampled: 'round-1', compared: 'ranked-once', shared: 'ranked-thrice', open: 'yours' } as const
const batches = {
  compared: 'Round 1',
  shared: 'Round 1, three annotators each',
  open: 'Yours to rank',
} as const

export function administrator(state: State): Account {
  return {
    name: 'Demo administrator',
    email: `demo${state.suffix}@whetstone.local`,
    password: state.password,
  }
}

/** The workspace with its guidelines, prompts, an invitation and the simulated annotators' accounts. */
export async function setUp(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state, url } = demo
  await admin.patch('/api/workspace', { name: 'Support replies', guidelines })
  bar.update(1, 3, 'prompts')
  const imported = await admin.upload<{ added: number; duplicates: number }>(
    '/api/prompts/import',
    promptLines(state.seed),
  )
  bar.update(2, 3, 'annotators')
  await onceAs(demo, 'invitation', async () => {
    const body = { role: 'ANNOTATOR', uses: sizes.annotators }
    return (await admin.post<{ token: string }>('/api/invitations', body)).token
  })
  await annotatorClients(demo)
  return `${imported.added + imported.duplicates} prompts, ${sizes.annotators} annotators on ${url}`
}

function promptLines(seed: number): string {
  const {
    heldOutComparisons,
    heldOutPrompts,
    openComparisons,
    sharedComparisons,
    trainComparisons,
    trainPrompts,
  } = sizes
  const plan = [
    { count: trainComparisons, split: 'TRAIN', tags: [tags.sampled, tags.compared] },
    { count: heldOutComparisons, split: 'EVAL', tags: [tags.sampled, tags.compared] },
    { count: sharedComparisons, split: 'TRAIN', tags: [tags.sampled, tags.shared] },
    { count: openComparisons, split: 'TRAIN', tags: [tags.sampled, tags.open] },
    { count: trainPrompts, split: 'TRAIN', tags: [] },
    { count: heldOutPrompts, split: 'EVAL', tags: [] },
  ]
  const messages = distinctMessages(
    seed,
    plan.reduce((sum, { count }) => sum + count, 0),
  )
  const lines = plan.flatMap(({ count, split, tags }) =>
    messages.splice(0, count).map(({ text, topic }) => ({ prompt: text, split, tags: [...tags, topic] })),
  )
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

/** The base policy, trained on the bundled desk, and its completions of the prompts to compare. */
export async function trainBase(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const desk = supportDesk(state.seed, sizes.deskExamples)
  const sft = await launchOnce(demo, 'baseRun', {
    kind: 'SFT',
    name: 'Base',
    config: baseRecipe,
    seed: state.seed,
    sftFile: desk.map((example) => JSON.stringify(example)).join('\n'),
  })
  const base = await untilDone(admin, sft, bar)
  state.ids.base = modelOf(base, 'POLICY')
  demo.save()
  const run = await launchOnce(demo, 'generateRun', {
    kind: 'GENERATE',
    name: 'Completions of Base',
    config: generateRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    promptFilter: { tag: tags.sampled },
  })
  await untilDone(admin, run, bar)
  return lossNote(base)
}

function lossNote(run: RunDetails): string {
  const loss = run.summary?.evalLoss ?? run.summary?.loss
  return typeof loss === 'number' ? `loss ${loss.toFixed(2)} nats a token` : 'trained'
}

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
    })
  }
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

const rankingsFile = ({ folder }: Demo) => join(folder, 'rankings.jsonl')

export async function trainReward(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const id = await launchOnce(demo, 'rewardRun', {
    kind: 'REWARD',
    name: 'Reward model, round 1',
    config: rewardRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    datasetId: state.ids.dataset,
  })
  const run = await untilDone(admin, id, bar)
  state.ids.reward = modelOf(run, 'REWARD')
  return `held-out accuracy ${percent(heldOutAccuracy(run))} of at most ${percent(rewardCeiling(demo))}`
}

export function heldOutAccuracy(run: RunDetails): number {
  const accuracy = run.summary?.accuracy
  if (typeof accuracy !== 'number') throw new Error(`run ${run.id} has no accuracy in its summary`)
  return accuracy
}

/** What the annotators' noise allows on the held-out pairs; see `ceiling`. */
export function rewardCeiling(demo: Demo): number {
  const heldOut = new Set(
    promptLines(demo.state.seed)
      .split('\n')
      .map((line) => JSON.parse(line) as { prompt: string; split: string })
      .filter(({ split }) => split === 'EVAL')
      .map(({ prompt }) => prompt),
  )
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

export async function trainPolicy(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const id = await launchOnce(demo, 'ppoRun', {
    kind: 'PPO',
    name: 'PPO, round 1',
    config: ppoRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    rewardId: state.ids.reward,
  })
  const run = await untilDone(admin, id, bar)
  state.ids.ppo = modelOf(run, 'POLICY')
  const { scoreBefore, scoreAfter } = run.summary ?? {}
  return `held-out reward ${round(scoreBefore)} → ${round(scoreAfter)}`
}

export interface EvaluationDetails {
  id: string
  summary: EvaluationSummary | null
  run: { id: string } | null
}

/** Base against PPO's policy on held-out prompts, judged by the planted rubric and by the reward model. */
export async function compare(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  await onceAs(demo, 'evaluation', async () => {
    const { id } = await admin.post<{ id: string }>('/api/evaluations', {
      name: 'Base against PPO, round 1',
      versionAId: state.ids.base,
      versionBId: state.ids.ppo,
      rewardId: state.ids.reward,
      seed: state.seed,
      ...evaluationRecipe,
    })
    return id
  })
  const { run } = await admin.get<EvaluationDetails>(`/api/evaluations/${state.ids.evaluation}`)
  if (run) await untilDone(admin, run.id, bar)
  return 'judged by the planted rubric and by the reward model'
}

/** Signed-in clients of the simulated annotators; accounts that do not exist yet are made by the invitation. */
async function annotatorClients(demo: Demo): Promise<{ annotator: Annotator; client: Client }[]> {
  const { state, url } = demo
  const people: { annotator: Annotator; client: Client }[] = []
  for (const annotator of simulatedAnnotators(state.seed, sizes.annotators)) {
    const account = { ...annotatorAccount(annotator, state), name: annotator.name }
    const client = (await signIn(url, account)) ?? (await signUp(url, account))
    // Joining again keeps the membership there is.
    await client.post('/api/workspace/join', { token: state.ids.invitation })
    people.push({ annotator, client })
  }
  return people
}

function annotatorAccount({ name, email }: Annotator, { password, suffix }: State): Account {
  return { name, email: email.replace('@', `${suffix}@`), password: `${password}-${name}` }
}

async function launchOnce(demo: Demo, key: string, body: object): Promise<string> {
  return await onceAs(demo, key, async () => {
    const { run } = await demo.admin.post<{ run: { id: string } }>('/api/runs', body)
    return run.id
  })
}

/** The id kept under `key`, or what `make` gives, which is kept. */
async function onceAs(demo: Demo, key: string, make: () => Promise<string>): Promise<string> {
  const { ids } = demo.state
  if (ids[key] === undefined) {
    ids[key] = await make()
    demo.save()
  }
  return ids[key] as string
}

function modelOf(run: RunDetails, kind: 'POLICY' | 'REWARD'): string {
  const model = run.modelVersions.find((version) => version.kind === kind)
  if (!model) throw new Error(`run '${run.name}' ended without a model of kind ${kind}`)
  return model.id
}

const round = (value: unknown) => (typeof value === 'number' ? value.toFixed(2) : '?')
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
