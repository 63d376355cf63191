import { resumeRun, resumeRunInput } from '#lib/runs/resume.ts'
import { handle } from '../../../handle.ts'

export const POST = handle('run.resume', resumeRunInput, resumeRun)
