import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensorflowPackage } from '#trainer/engine/tensorflow/package.ts'

/** Tests that an engine is not held to. */
export interface Exclusion {
  reason: string
  /** Their full names, without the engine's. Each must be a test that exists. */
  tests?: string[]
  /** Parts of full names, as an engine's own makers exclude them; they may stand for tests that are not run here. */
  parts?: string[]
}

interface Expectation {
  /** Fewer tests that run than this are a fault of the runner. */
  atLeast: number
  exclusions: Exclusion[]
}

/**
 * What is expected of an engine. That a kernel is not registered needs no entry: the tests that ask for it are left out
 * by themselves, and listed.
 */
export function expectationOf(engine: string): Expectation {
  if (engine === 'tensorflow') {
    return {
      atLeast: 3870,
      exclusions: [
        {
          reason: "on the list of TensorFlow's own adapter, tfjs-node/dist/run_tests.js",
          parts: ignoredByTfjsNode(),
        },
        { reason: 'TensorFlow 2.21 rounds int32 to zeros', tests: ['round int32'] },
      ],
    }
  }
  if (engine === 'torch') {
    return {
      atLeast: 4221,
      exclusions: [
        {
          reason:
            "expects the border's sums divided by the filter's size: the derivative of their mean divides by what the window covers",
          tests: ['avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit'],
        },
        {
          reason:
            'its input is larger than the output asked for implies, which is refused; tfjs-node leaves it out too',
          tests: ['conv2dTranspose input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4'],
        },
      ],
    }
  }
  return { atLeast: 4225, exclusions: [] }
}

/** The strings of the list IGNORE_LIST; its names carry the environment 'test-tensorflow {}'. */
function ignoredByTfjsNode(): string[] {
  const source = readFileSync(join(tensorflowPackage()!, 'dist/run_tests.js'), 'utf8')
  const list = source.slice(source.indexOf('IGNORE_LIST = ['), source.indexOf('\n];')).replace(/\/\/.*/g, '')
  return [...list.matchAll(/'([^']+)'/g)].map((match) => match[1]!.replace(' test-tensorflow {}', ''))
}
