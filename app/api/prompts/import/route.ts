import { z } from 'zod'
import { importPrompts } from '#lib/prompts/import-prompts.ts'
import { tagInput } from '#lib/prompts/parse-record.ts'
import { handleRequest, parseInput } from '../../handle.ts'

const tagsInput = z.array(tagInput).max(20)

export const POST = handleRequest('prompt.import', async (actor, request) => {
  const tags = parseInput(tagsInput, new URL(request.url).searchParams.getAll('tag'))
  const body = (request.body ?? new Blob([]).stream()) as unknown as AsyncIterable<Uint8Array>
  return Response.json(await importPrompts(actor, body, tags))
})
