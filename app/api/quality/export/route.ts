import { exportQuality, exportQualityInput } from '#lib/quality/export-quality.ts'
import { handle } from '../../handle.ts'

export const GET = handle('quality.export', exportQualityInput, async (actor, input) => {
  const { fileName, contentType, text } = await exportQuality(actor, input)
  return new Response(text, {
    headers: { 'content-type': contentType, 'content-disposition': `attachment; filename="${fileName}"` },
  })
})
