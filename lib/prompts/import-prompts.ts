import { randomUUID } from 'node:crypto'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { completionHash, promptHash, splitOf, textOf } from './messages.ts'
import { type PromptRecord, parseRecord } from './parse-record.ts'
import { readLines } from './read-lines.ts'

const BATCH_LINES = 500
const BATCH_CHARACTERS = 4_000_000
const REPORTED_LINES = 1000

export interface LineReport {
  line: number
  status: 'added' | 'duplicate' | 'refused'
  reason?: string
}

export interface ImportReport {
  added: number
  duplicates: number
  refused: number
  completionsAdded: number
  /** The duplicate and the refused lines, the first thousand of them. */
  lines: LineReport[]
}

interface Pending {
  line: number
  hash: string
  record: PromptRecord
}

/**
 * Imports JSONL of any size, line by line, in transactions of some hundred lines: what is wrong with one line keeps no
 * other out, and the same file again adds nothing. A prompt that is there already still gets its new completions.
 */
export async function importPrompts(
  actor: Actor,
  body: AsyncIterable<Uint8Array>,
  tags: string[] = [],
): Promise<ImportReport> {
  authorise(actor, 'prompt.import')
  const report: ImportReport = { added: 0, duplicates: 0, refused: 0, completionsAdded: 0, lines: [] }
  const note = (line: LineReport) => {
    if (report.lines.length < REPORTED_LINES) report.lines.push(line)
  }
  let batch: Pending[] = []
  let characters = 0
  const flush = async () => {
    if (batch.length === 0) return
    const stored = await db.$transaction((tx) => store(tx, actor, batch, tags))
    report.added += stored.added
    report.duplicates += stored.duplicates.length
    report.completionsAdded += stored.completionsAdded
    for (const duplicate of stored.duplicates) note(duplicate)
    batch = []
    characters = 0
  }

  for await (const read of readLines(body)) {
    const parsed = 'refusal' in read ? read : parseRecord(read.text)
    if ('refusal' in parsed) {
      report.refused++
      note({ line: read.line, status: 'refused', reason: parsed.refusal })
      continue
    }
    batch.push({ line: read.line, hash: promptHash(parsed.messages), record: parsed })
    characters += 'text' in read ? read.text.length : 0
    if (batch.length >= BATCH_LINES || characters >= BATCH_CHARACTERS) await flush()
  }
  await flush()
  report.lines.sort((a, b) => a.line - b.line)
  return report
}

async function store(tx: Database, actor: Actor, batch: Pending[], tags: string[]) {
  const { workspaceId } = actor
  const first = new Map<string, Pending>()
  for (const pending of batch) if (!first.has(pending.hash)) first.set(pending.hash, pending)

  const added = await tx.prompt.createManyAndReturn({
    data: [...first.values()].map(({ hash, record }) => ({
      id: randomUUID(),
      workspaceId,
      messages: record.messages.map(({ role, content }) => ({ role, content })),
      text: textOf(record.messages),
      split: record.split ?? splitOf(hash),
      tags: [...new Set([...tags, ...record.tags])],
      contentHash: hash,
    })),
    skipDuplicates: true,
    select: { contentHash: true },
  })
  const isNew = new Set(added.map((prompt) => prompt.contentHash))
  const prompts = await tx.prompt.findMany({
    where: { workspaceId, contentHash: { in: [...first.keys()] } },
    select: { id: true, contentHash: true },
  })
  const idOf = new Map(prompts.map((prompt) => [prompt.contentHash, prompt.id]))

  const given = batch.flatMap(({ hash, record }) =>
    record.completions.map((text) => ({
      id: randomUUID(),
      workspaceId,
      promptId: idOf.get(hash)!,
      text,
      source: 'import',
      contentHash: completionHash(text),
    })),
  )
  const { count } = await tx.completion.createMany({ data: given, skipDuplicates: true })
  // What an annotator happened to write too is a completion like the rest from now on.
  const written = await tx.$executeRaw`
    update "Completion" c set source = 'import'
    from unnest(${given.map(({ promptId }) => promptId)}::text[], ${given.map(({ contentHash }) => contentHash)}::text[]) as i("promptId", hash)
    where c."promptId" = i."promptId" and c."contentHash" = i.hash and c.source = 'edit'`
  const completionsAdded = count + written

  const duplicates = batch
    .filter((pending) => first.get(pending.hash) !== pending || !isNew.has(pending.hash))
    .map(({ line, hash }): LineReport => {
      const reason = isNew.has(hash)
        ? `the same prompt as line ${first.get(hash)!.line}`
        : 'the prompt is there already'
      return { line, status: 'duplicate', reason }
    })
  await audit(tx, actor, 'prompt.import', workspaceId, { added: isNew.size, completionsAdded })
  return { added: isNew.size, duplicates, completionsAdded }
}
