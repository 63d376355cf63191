import { launchRun, launchRunInput, maxLaunchBytes } from '#lib/runs/launch.ts'
import { listRuns, listRunsInput } from '#lib/runs/list-runs.ts'
import { handle } from '../handle.ts'

export const GET = handle('run.list', listRunsInput, listRuns)
export const POST = handle('run.launch', launchRunInput, launchRun, { status: 201, maxBytes: maxLaunchBytes })
