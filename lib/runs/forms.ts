import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { configSchema, type JsonSchema } from './config.ts'
import { type LaunchKind, launchKinds } from './run-kinds.ts'

/** For each kind of run the JSON Schema of its settings, from which launch forms are drawn. */
export async function runForms(actor: Actor): Promise<Record<LaunchKind, JsonSchema>> {
  authorise(actor, 'run.launch')
  return Object.fromEntries(launchKinds.map((kind) => [kind, configSchema(kind)])) as Record<
    LaunchKind,
    JsonSchema
  >
}
