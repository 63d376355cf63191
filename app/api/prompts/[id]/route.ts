import { showPrompt, showPromptInput } from '#lib/prompts/show-prompt.ts'
import { handle } from '../../handle.ts'

export const GET = handle('prompt.show', showPromptInput, showPrompt)
