import { listSamples, listSamplesInput } from '#lib/runs/samples.ts'
import { handle } from '../../../handle.ts'

export const GET = handle('run.show', listSamplesInput, listSamples)
