import { request } from '../../ui/api.ts'

export interface ImportLine {
  line: number
  status: 'added' | 'duplicate' | 'refused'
  reason?: string
}

export interface ImportReport {
  added: number
  duplicates: number
  refused: number
  completionsAdded: number
  lines: ImportLine[]
}

const emptyReport: ImportReport = { added: 0, duplicates: 0, refused: 0, completionsAdded: 0, lines: [] }
const partBytes = 256 * 1024

/** Parts of whole lines, about `size` characters each, with the number of lines in them. */
export async function* wholeLines(
  chunks: AsyncIterable<string>,
  size: number,
): AsyncGenerator<{ text: string; lines: number }> {
  let rest = ''
  for await (const chunk of chunks) {
    rest += chunk
    if (rest.length < size) continue
    const end = rest.lastIndexOf('\n') + 1
    if (end === 0) continue
    yield { text: rest.slice(0, end), lines: rest.slice(0, end).split('\n').length - 1 }
    rest = rest.slice(end)
  }
  if (rest.trim()) yield { text: rest, lines: rest.split('\n').length }
}

/** Two reports as one; the second's line numbers begin after `linesBefore`. */
export function mergeReports(one: ImportReport, two: ImportReport, linesBefore: number): ImportReport {
  return {
    added: one.added + two.added,
    duplicates: one.duplicates + two.duplicates,
    refused: one.refused + two.refused,
    completionsAdded: one.completionsAdded + two.completionsAdded,
    lines: [...one.lines, ...two.lines.map((line) => ({ ...line, line: line.line + linesBefore }))],
  }
}

async function* decoded(blob: Blob): AsyncGenerator<string> {
  const reader = blob.stream().pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
}

/**
 * Sends a JSONL file part by part, so that progress is what the server has stored, and reports after each part.
 * Prompts already stored count as duplicates, so a failed import may simply be sent again.
 */
export async function importFile(
  file: Blob,
  tags: string[],
  onProgress: (share: number, report: ImportReport) => void,
): Promise<ImportReport> {
  let report = emptyReport
  let sent = 0
  let linesBefore = 0
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&')
  const path = query ? `/api/prompts/import?${query}` : '/api/prompts/import'
  for await (const part of wholeLines(decoded(file), partBytes)) {
    const answer = await request<ImportReport>('POST', path, part.text)
    report = mergeReports(report, answer, linesBefore)
    linesBefore += part.lines
    sent += new Blob([part.text]).size
    onProgress(Math.min(1, sent / file.size), report)
  }
  return report
}
