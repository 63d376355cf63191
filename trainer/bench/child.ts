import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that answers one JSON object a line with one JSON object a line: measure.ts, or huggingface.py. */
export interface Child {
  /** Throws an Error with the child's own words when it cannot, or ends. */
  ask<T>(request: { do: string; [key: string]: unknown }): Promise<T>
  end(): Promise<void>
}

export function startChild(command: string, args: string[]): Child {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      // What the engine torch sets for itself (engine/torch/start.ts), for all alike.
      THP_MEM_ALLOC_ENABLE: '1',
      ...(process.env.OMP_WAIT_POLICY ? {} : { GOMP_SPINCOUNT: '2000' }),
      ...process.env,
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_VERBOSITY: 'error',
      TOKENIZERS_PARALLELISM: 'false',
    },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  // A child that ended does not read: its end is reported through `ended`.
  child.stdin.on('error', () => {})
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => reject(new Error(`ended with ${signal ?? code}: ${lastLine(said)}`)))
  })
  ended.catch(() => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask<T>(request: { do: string; [key: string]: unknown }) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      for (;;) {
        const { value } = (await Promise.race([lines.next(), ended])) as IteratorResult<string>
        if (value === undefined) await ended
        // A library may print too.
        if (!value!.startsWith('{')) continue
        const answer = JSON.parse(value!) as T & { error?: string }
        if (answer.error !== undefined) throw new Error(answer.error)
        return answer
      }
    },
    end: () => endOf(child),
  }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  child.stdin!.end()
  return new Promise((resolve) => child.on('close', () => resolve()))
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
