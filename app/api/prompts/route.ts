import { listPrompts, listPromptsInput } from '#lib/prompts/list-prompts.ts'
import { handle } from '../handle.ts'

export const GET = handle('prompt.list', listPromptsInput, listPrompts)
