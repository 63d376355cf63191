import type { APIRequestContext } from '@playwright/test'
import { send } from './api.ts'
import { jsonl } from './texts.ts'

interface BatchOptions {
  items?: number
  /** Responses each. */
  size?: number
  overlap?: number
  goldRate?: number
  repeatRate?: number
  /** The text of a response; by default a sentence that names its number and its prompt. */
  text?: (response: number, item: number) => string
}

interface Listed {
  id: string
  kind: string
  prompt: { id: string; text: string }
}

/** A batch of its own, made of prompts of its own; returns its name and the comparisons in the order of their prompts. */
export async function makeBatch(
  api: APIRequestContext,
  { items = 1, size = 3, overlap = 1, text = plain, ...rates }: BatchOptions = {},
): Promise<{ batch: string; comparisons: Listed[] }> {
  const tag = `journey ${crypto.randomUUID().slice(0, 8)}`
  const lines = Array.from({ length: items }, (_, item) => ({
    prompt: `Question ${item + 1} of ${tag}`,
    completions: Array.from({ length: size }, (_, response) => text(response + 1, item + 1)),
    split: 'TRAIN',
  }))
  await send(api, 'POST', `/api/prompts/import?tag=${encodeURIComponent(tag)}`, jsonl(lines))
  await send(api, 'POST', '/api/comparisons', { batch: tag, tag, size, overlap, ...rates })
  return { batch: tag, comparisons: await comparisonsOf(api, tag) }
}

export async function comparisonsOf(
  api: APIRequestContext,
  batch: string,
  query: Record<string, string> = {},
): Promise<Listed[]> {
  const search = new URLSearchParams({ batch, limit: '100', ...query })
  const { items } = await send<{ items: Listed[] }>(api, 'GET', `/api/comparisons?${search}`)
  return items.sort((a, b) => a.prompt.text.localeCompare(b.prompt.text, 'en', { numeric: true }))
}

function plain(response: number, item: number): string {
  return `Answer number ${response} to question ${item}.`
}

export interface Said {
  id: string
  annotator: { id: string }
  groups: string[][]
  edit: { completionId: string; text: string } | null
  shownOrder: string[]
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
  superseded: boolean
}

export interface Shown {
  id: string
  kind: string
  completions: { id: string; text: string; source: string }[]
  rankings: Said[]
  decision: Said | null
}

/** A comparison with all that was said about it. */
export function comparison(api: APIRequestContext, id: string): Promise<Shown> {
  return send(api, 'GET', `/api/comparisons/${id}`)
}

/** A ranking of a comparison in texts: best group first, ties in alphabetical order. */
export function inTexts({ completions }: Shown, { groups }: Said): string[][] {
  const texts = new Map(completions.map(({ id, text }) => [id, text]))
  return groups.map((group) => group.map((id) => texts.get(id)!).sort())
}

export interface Claimed {
  assignment: Assignment | null
  upcoming: Assignment[]
}

interface Assignment {
  id: string
  comparisonId: string
  prompt: { messages: { content: string }[] }
  completions: { id: string; text: string }[]
}

/** Ranks what comes next in a batch over HTTP, in the order of `compare`; false when nothing comes. */
export async function rankNext(
  api: APIRequestContext,
  batch: string,
  compare: (a: string, b: string) => number,
  more: object = {},
): Promise<boolean> {
  const { assignment } = await send<Claimed>(api, 'POST', '/api/queue/claim', { batch })
  if (!assignment) return false
  const order = assignment.completions.toSorted((a, b) => compare(a.text, b.text))
  await send(api, 'POST', '/api/rankings', {
    assignmentId: assignment.id,
    groups: order.map(({ id }) => [id]),
    millisecondsSpent: 1000,
    idempotencyKey: assignment.id,
    ...more,
  })
  return true
}

interface Pair {
  chosen: { content: string }[]
  rejected: { content: string }[]
  tie: boolean
}

/** The pairs of a dataset made of one batch, each as 'chosen > rejected', in alphabetical order. */
export async function pairsOf(api: APIRequestContext, batch: string): Promise<string[]> {
  const filter = { batches: [batch], ties: 'keep' }
  const { id } = await send<{ id: string }>(api, 'POST', '/api/datasets', { name: batch, filter })
  const lines = await (await api.get(`/api/datasets/${id}/export?format=trl`)).text()
  const pairs = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pair)
  return pairs
    .map(({ chosen, rejected, tie }) => `${chosen[0]!.content} ${tie ? '=' : '>'} ${rejected[0]!.content}`)
    .sort()
}
