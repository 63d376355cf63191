/**
 * Preloaded into every trainer (`node --import`): ends the process when the worker that started it is gone, whatever killed
 * it. The kernel closes the worker's end of stdin then, which no signal handler is needed for.
 */
process.stdin.on('end', () => process.exit(1))
process.stdin.on('error', () => process.exit(1))
process.stdin.resume()
// The pipe alone must not keep a finished trainer alive.
;(process.stdin as typeof process.stdin & { unref(): void }).unref()
