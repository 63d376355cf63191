import { joinWorkspace, joinWorkspaceInput } from '#lib/workspace/join-workspace.ts'
import { handleSignedIn } from '../../handle.ts'

export const POST = handleSignedIn('workspace.join', joinWorkspaceInput, joinWorkspace)
