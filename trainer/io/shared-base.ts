import { realpathSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import type { Parameters } from '#trainer/nn/transformer.ts'

/** The variables of bases that several models of this process share, by the real path of the folder, and how many models do. */
const bases = new Map<string, { variables: Parameters; users: number }>()

export interface SharedBase {
  variables: Parameters
  /** What disposes of a model of those parameters: of its own at once, of the shared ones with the last model. */
  disposeOf(parameters: Parameters): () => void
  /** Ends the use where no model came of it. */
  giveBack(): void
}

/** The variables that models of that folder share, empty for the first of them; one user more. */
export function borrowBase(folder: string): SharedBase {
  const path = realpathSync(folder)
  const base = bases.get(path) ?? { variables: new Map(), users: 0 }
  bases.set(path, base)
  base.users++
  let used = true
  const giveBack = () => {
    if (!used) return
    used = false
    base.users--
    if (base.users > 0) return
    tf.dispose([...base.variables.values()])
    bases.delete(path)
  }
  return {
    variables: base.variables,
    disposeOf: (parameters) => () => {
      const shared = new Set(base.variables.values())
      tf.dispose([...parameters.values()].filter((variable) => !shared.has(variable)))
      giveBack()
    },
    giveBack,
  }
}
