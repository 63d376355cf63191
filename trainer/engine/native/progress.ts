import { WhetstoneError } from '#trainer/errors.ts'

/** Takes one line for people about what an installer does. */
export type Report = (line: string) => void

/** Does `work`, reporting what it is before and its seconds after. */
export async function timed<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  report(`${what} …`)
  const result = await work()
  report(`  ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

/** Runs an installer as a program: its reports on stdout, a foreseen error as two lines on stderr with exit code 1. */
export async function runInstaller(install: (report: Report) => Promise<unknown>): Promise<void> {
  try {
    await install((line) => console.log(line))
  } catch (error) {
    if (!(error instanceof WhetstoneError)) throw error
    console.error(`${error.code}: ${error.message}\n${error.hint}`)
    process.exitCode = 1
  }
}
