type Method = (...args: unknown[]) => unknown

interface Call {
  object: unknown
  args: unknown[]
  returnValue: unknown
}

export interface Spy extends Method {
  and: {
    callThrough(): Spy
    callFake(fake: Method): Spy
    returnValue(value: unknown): Spy
  }
  calls: {
    all(): Call[]
    count(): number
    first(): Call | undefined
    mostRecent(): Call | undefined
  }
}

type Restoration = () => void

let restorations: Restoration[] = []

/** Jasmine's spyOn: the method does nothing until told otherwise, and is itself again when the test, or the suite for a beforeAll, has ended. */
export function spyOn(object: Record<string, unknown>, name: string): Spy {
  const original = object[name]
  if (typeof original !== 'function') throw new Error(`spyOn: ${name} is no method of the object`)
  const calls: Call[] = []
  let act: Method = () => undefined
  const spy = function (this: unknown, ...args: unknown[]) {
    const call: Call = { object: this, args, returnValue: undefined }
    calls.push(call)
    call.returnValue = act.apply(this, args)
    return call.returnValue
  } as Spy
  const acts = (next: Method) => {
    act = next
    return spy
  }
  spy.and = {
    callThrough: () => acts(original as Method),
    callFake: acts,
    returnValue: (value) => acts(() => value),
  }
  spy.calls = {
    all: () => calls,
    count: () => calls.length,
    first: () => calls[0],
    mostRecent: () => calls.at(-1),
  }
  const own = Object.getOwnPropertyDescriptor(object, name)
  object[name] = spy
  restorations.push(() => {
    if (own) Object.defineProperty(object, name, own)
    else delete object[name]
  })
  return spy
}

/** Gives back the methods that were spied on since the last call of this or of `takeSpies`. */
export function restoreSpies(): void {
  takeSpies()()
}

/** What restores the methods that were spied on since the last call of this or of `restoreSpies`. */
export function takeSpies(): Restoration {
  const taken = restorations
  restorations = []
  return () => {
    for (const restore of taken.reverse()) restore()
  }
}
