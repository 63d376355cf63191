import { z } from 'zod'
import { WhetstoneError } from '../errors.ts'

const blank = (value: unknown) => (value === '' ? undefined : value)

const schema = z.discriminatedUnion('STORAGE_DRIVER', [
  z.object({ STORAGE_DRIVER: z.literal('fs') }),
  z.object({
    STORAGE_DRIVER: z.literal('s3'),
    S3_BUCKET: z.string().min(1),
    S3_REGION: z.string().min(1),
    /** For MinIO, R2 and other stores that are not Amazon's. */
    S3_ENDPOINT: z.preprocess(blank, z.url().optional()),
    S3_ACCESS_KEY_ID: z.string().min(1),
    S3_SECRET_ACCESS_KEY: z.string().min(1),
  }),
])

export type StorageSettings = z.infer<typeof schema>

/**
 * Where artifacts are kept: `fs` (below WHETSTONE_HOME) unless STORAGE_DRIVER says `s3`.
 * @throws WhetstoneError INVALID_INPUT naming every setting that is missing or wrong
 */
export function readStorageSettings(variables: Record<string, string | undefined>): StorageSettings {
  const parsed = schema.safeParse({ ...variables, STORAGE_DRIVER: variables.STORAGE_DRIVER || 'fs' })
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new WhetstoneError(
    'INVALID_INPUT',
    `Settings of the artifact storage are wrong. ${wrong.join('; ')}.`,
    'Set these environment variables, or set STORAGE_DRIVER=fs to keep artifacts in WHETSTONE_HOME.',
  )
}
