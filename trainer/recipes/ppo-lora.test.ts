import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { loadModel, saveModel } from '#trainer/io/model-folder.ts'
import { loadFrozen, loadLearners } from './learners.ts'
import { ppo } from './ppo.ts'
import { measureLogProbs } from './sequences.ts'
import { play, runIn, stepsOf, temporaryFolder, tinyAdapters, training } from './tiny.ts'
import { bandit, payoffs, played, specOf, weights } from './tiny-ppo.ts'

beforeAll(async () => {
  await startEngine('auto')
})

training(
  'with LoRA policy, value and reference share one base, and the bandit is learned as well',
  async () => {
    const folder = temporaryFolder()
    const spec = await specOf(folder, { ...bandit, lora: { rank: 4 }, learningRate: 5e-2 })
    // The embeddings, which are the head, stay: small as they are drawn, no words could become likely.
    const large = await loadModel(spec.policy, 'policy')
    const embeddings = large.parameters.get('transformer.wte.weight')!
    tf.tidy(() => embeddings.assign(tf.mul(embeddings, 30)))
    await saveModel(spec.policy, large)
    large.dispose()
    const run = runIn(join(folder, 'out'))
    const events = await play(ppo(spec, run), run)
    const [reference, reward] = [
      await loadFrozen(spec, spec.policy, 'policy'),
      await loadFrozen(spec, spec.reward, 'reward'),
    ]
    for (const valueInit of ['policy', 'reward'] as const) {
      const learners = await loadLearners({ ...spec, valueInit }, null)
      const name = 'transformer.h.0.mlp.c_fc.weight'
      const base = learners.policy.parameters.get(name)
      expect(reference.parameters.get(name)).toBe(base)
      const trunk = valueInit === 'policy' ? base : reward.parameters.get(name)
      expect(learners.value.parameters.get(name)).toBe(trunk)
      expect(learners.policy.trainable.size).toBe(2 * 4)
      expect(learners.value.trainable.size).toBe(2 * 4 + 2)
      learners.dispose()
    }
    reference.dispose()
    reward.dispose()

    // The reference is the base with the adapter off: it stays where the policy began.
    const metrics = stepsOf(events).map((step) => step.metrics)
    expect(metrics[0]!['objective/kl']).toBeCloseTo(0, 4)
    expect(metrics.at(-1)!['objective/kl']).toBeGreaterThan(0.5)
    const { best } = await payoffs(spec)
    const [first, last] = [metrics[0]!, metrics.at(-1)!].map((each) => each['objective/scores']!)
    expect(last! - first!).toBeGreaterThan(0.4 * (best - first!))
    // What is saved is the merged model, which any loader takes.
    const [start, end] = [
      await loadModel(spec.policy, 'policy'),
      await loadModel(join(run.out, 'model'), 'policy'),
    ]
    expect([...end.parameters.keys()]).toEqual([...start.parameters.keys()])
    const [before, after] = [start, end].map((model) =>
      [...model.parameters].map(([, variable]) => variable.dataSync()),
    )
    const changed = [...start.parameters.keys()].filter((_, i) => before![i]!.join() !== after![i]!.join())
    expect(changed.map((name) => name.replace('transformer.h.0.', '')).sort()).toEqual([
      ...['attn.c_attn.weight', 'attn.c_proj.weight', 'mlp.c_fc.weight', 'mlp.c_proj.weight'],
    ])
    start.dispose()
    end.dispose()
  },
)

test.each([
  ['a setting', { rank: 2 }],
  ['no setting', undefined],
])(
  'a policy and a reward model that are adapters on one base go on as such, with %s of LoRA',
  async (_, lora) => {
    const folder = temporaryFolder()
    const base = (await specOf(folder)).policy
    const { policy, reward } = await tinyAdapters(folder, base)
    const settings = { policy, reward, lora, checkpointEvery: 2, learningRate: 1e-2 }
    const { spec, out, events } = await played(folder, 'out', settings)
    const kls = stepsOf(events).map(({ metrics }) => metrics['objective/kl']!)
    // The reference has the adapter that the policy began with.
    expect(kls[0]).toBeCloseTo(0, 5)
    expect(Math.max(...kls.map(Math.abs))).toBeGreaterThan(1e-4)
    const merged = await loadModel(join(out, 'model'), 'policy')
    expect(merged.config.adapter).toBeUndefined()
    // The adapter alone, on the base that it came with, is the same model.
    const alone = await loadModel(join(out, 'adapter'), 'policy')
    const sequence = { query: [5, 6], response: [7, 8, 9] }
    const [one, other] = [merged, alone].map(
      (model) => measureLogProbs(model, [sequence], { temperature: 1, size: 1 }).logProbs,
    )
    one!.forEach((value, i) => {
      expect(value).toBeCloseTo(other![i]!, 4)
    })
    merged.dispose()
    alone.dispose()
    const first = runIn(join(folder, 'parts'), { steps: 3 })
    const before = tf.memory().numTensors
    await play(ppo(spec, first), first)
    expect(tf.memory().numTensors).toBe(before)
    const second = runIn(join(folder, 'parts'), { resume: true })
    await play(ppo(spec, second), second)
    for (const name of ['model', 'value'])
      expect(weights(second.out, name).equals(weights(out, name)), name).toBe(true)
    if (!lora) return
    const models = [await loadFrozen(spec, policy, 'policy'), await loadFrozen(spec, reward, 'reward')]
    const bodies = models.map((model) => model.parameters.get('transformer.h.0.mlp.c_fc.weight'))
    expect(bodies[0]).toBe(bodies[1])
    for (const model of models) model.dispose()
  },
)

test('a run that began with the whole model does not resume with LoRA', async () => {
  const folder = temporaryFolder()
  const first = runIn(join(folder, 'out'), { steps: 1 })
  await play(ppo(await specOf(folder), first), first)
  const resumed = runIn(join(folder, 'out'), { resume: true })
  await expect(play(ppo(await specOf(folder, { lora: { rank: 2 } }), resumed), resumed)).rejects.toThrow(
    'lora is set, but the run learned the whole policy model',
  )
})
