import { updateWorkspace, updateWorkspaceInput } from '#lib/workspace/update-workspace.ts'
import { handle } from '../handle.ts'

export const PATCH = handle('workspace.update', updateWorkspaceInput, updateWorkspace)
