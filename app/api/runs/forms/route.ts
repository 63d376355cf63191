import { z } from 'zod'
import { runForms } from '#lib/runs/forms.ts'
import { handle } from '../../handle.ts'

export const GET = handle('run.launch', z.strictObject({}), runForms)
