import type { z } from 'zod'
import { dpo } from './config/dpo.ts'
import { explain } from './config/explain.ts'
import { generate } from './config/generate.ts'
import { grpo } from './config/grpo.ts'
import { ppo } from './config/ppo.ts'
import { raft } from './config/raft.ts'
import { reinforce } from './config/reinforce.ts'
import { reward } from './config/reward.ts'
import { rloo } from './config/rloo.ts'
import { score } from './config/score.ts'
import { sft } from './config/sft.ts'
import { trpo } from './config/trpo.ts'
import { WhetstoneError } from './errors.ts'

export { computing } from './config/fields.ts'

/**
 * The specs of the recipes. Every field carries what a launch form needs: title, description, group, where its default comes
 * from, and a unit. `z.toJSONSchema(schema, { io: 'input' })` gives all of it. A default is chosen for the small models this
 * package trains from nothing; `source` names the item of practice it follows and the value larger models use.
 */

export const recipes = { sft, reward, ppo, reinforce, rloo, grpo, trpo, raft, dpo, generate, score }

export type RecipeKind = keyof typeof recipes
export type SftSpec = z.output<typeof sft>
export type RewardSpec = z.output<typeof reward>
export type PpoSpec = z.output<typeof ppo>
export type ReinforceSpec = z.output<typeof reinforce>
export type RlooSpec = z.output<typeof rloo>
export type GrpoSpec = z.output<typeof grpo>
export type TrpoSpec = z.output<typeof trpo>
export type RaftSpec = z.output<typeof raft>
export type DpoSpec = z.output<typeof dpo>
export type GenerateSpec = z.output<typeof generate>
export type ScoreSpec = z.output<typeof score>
export type Specs = {
  sft: SftSpec
  reward: RewardSpec
  ppo: PpoSpec
  reinforce: ReinforceSpec
  rloo: RlooSpec
  grpo: GrpoSpec
  trpo: TrpoSpec
  raft: RaftSpec
  dpo: DpoSpec
  generate: GenerateSpec
  score: ScoreSpec
}
/** A spec as a person writes it: whatever has a default may be left out. */
export type SpecInput<K extends RecipeKind> = z.input<(typeof recipes)[K]>

/**
 * The spec with its defaults filled in.
 * @throws WhetstoneError INVALID_CONFIG, whose message names the path and the value, and whose hint says what is accepted.
 */
export function parseSpec<K extends RecipeKind>(kind: K, json: unknown): Specs[K] {
  const result = recipes[kind].safeParse(json)
  if (result.success) return result.data as Specs[K]
  const { message, hint } = explain(recipes[kind], result.error.issues[0]!, json, [])
  throw new WhetstoneError('INVALID_CONFIG', `${kind}: ${message}`, hint)
}
