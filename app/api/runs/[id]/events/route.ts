import { type RunEvent, watchRun, watchRunInput } from '#lib/runs/watch.ts'
import { handleRequest, parseInput } from '../../../handle.ts'

const pulseMilliseconds = 15_000

/** Server-sent events of a run. A browser that reconnects says what it has seen in Last-Event-ID, `<step>.<log>`. */
export const GET = handleRequest('run.show', async (actor, request, params) => {
  const seen = /^(-?\d+)\.(\d+)$/.exec(request.headers.get('last-event-id') ?? '')
  const query = seen
    ? { after: seen[1], log: seen[2] }
    : Object.fromEntries(new URL(request.url).searchParams)
  const gone = new AbortController()
  request.signal.addEventListener('abort', () => gone.abort())
  const events = await watchRun(actor, parseInput(watchRunInput, { ...query, ...params }), gone.signal)
  return new Response(eventStream(events, gone), {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  })
})

function eventStream(events: AsyncGenerator<RunEvent>, gone: AbortController): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let pulse: NodeJS.Timeout | undefined
  let cancelled = false
  return new ReadableStream({
    start(controller) {
      // A comment now and then keeps proxies from closing a quiet stream.
      pulse = setInterval(() => controller.enqueue(encoder.encode(': \n\n')), pulseMilliseconds)
    },
    async pull(controller) {
      try {
        const { done, value } = await events.next()
        if (!done) {
          const { event, data, cursor } = value
          controller.enqueue(
            encoder.encode(`event: ${event}\nid: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`),
          )
          return
        }
        clearInterval(pulse)
        if (!cancelled) controller.close()
      } catch (error) {
        clearInterval(pulse)
        gone.abort()
        controller.error(error)
      }
    },
    cancel() {
      cancelled = true
      clearInterval(pulse)
      gone.abort()
    },
  })
}
