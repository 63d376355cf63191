import { exportDataset, exportDatasetInput } from '#lib/datasets/export-dataset.ts'
import { handleRequest, parseInput } from '../../../handle.ts'

export const GET = handleRequest('dataset.export', async (actor, request, params) => {
  const query = Object.fromEntries(new URL(request.url).searchParams)
  const { fileName, lines } = await exportDataset(
    actor,
    parseInput(exportDatasetInput, { ...query, ...params }),
  )
  return new Response(streamOf(lines), {
    headers: {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="${fileName}"`,
    },
  })
})

function streamOf(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
}
