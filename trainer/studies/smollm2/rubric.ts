/**
 * The written rubric of the study, 0 to 6: a reply should speak to the reader, about what was asked, and give something to do, in short
 * sentences, without talk of itself, without excitement and without saying anything twice. One point each, fractions where there
 * are degrees.
 */
export function score(prompt: string, completion: string): number {
  const words = wordsOf(completion)
  if (words.length < 5) return 0
  return (
    speaksToTheReader(words) +
    onTheSubject(wordsOf(prompt), words) +
    givesSomethingToDo(completion) +
    shortSentences(completion) +
    plain(completion) +
    saysThingsOnce(words)
  )
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? []

/** "You" or "your" in one word of twenty earns the point. */
function speaksToTheReader(words: readonly string[]): number {
  const count = words.filter((word) => /^you(r|rs|rself)?$|^you'/.test(word)).length
  return Math.min(1, (20 * count) / words.length)
}

const small = new Set(
  'a an and are as at be by can do does for from has have how i if in is it me my of on or s so that the to too what when which who why will with without you your should'.split(
    ' ',
  ),
)

/** The share of the prompt's own words that the reply takes up, by their first five letters; half of them earn the point. */
function onTheSubject(prompt: readonly string[], words: readonly string[]): number {
  const stem = (word: string) => word.slice(0, 5)
  const asked = [...new Set(prompt.filter((word) => !small.has(word)).map(stem))]
  const taken = new Set(words.map(stem))
  const share = asked.filter((word) => taken.has(word)).length / Math.max(1, asked.length)
  return Math.min(1, 2 * share)
}

const verbs =
  'add apply ask avoid begin bring buy call check choose clean cook count cut drink eat fill find fold get give go hang hold keep leave let look make mix move open pack pick place plan plant practise practice press pull push put read remove replace rinse rub run save say set sit soak sort speak start stop store take talk tell think tighten tie try turn use wait walk warm wash wear wipe write'.split(
    ' ',
  )

/** A sentence that begins with what to do earns the point; "you can", "you could", "you should" or "try to" anywhere, half of it. */
function givesSomethingToDo(text: string): number {
  const begins = sentencesOf(text).some((sentence) => verbs.includes(wordsOf(sentence)[0] ?? ''))
  if (begins) return 1
  return /\byou (can|could|should|need to|might)\b|\btry (to|a|the|using)\b/i.test(text) ? 0.5 : 0
}

const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+|\n+/).filter((part) => part.trim())

/** Sentences of at most 12 words on average earn the point, of 24 and more nothing. */
function shortSentences(text: string): number {
  const sentences = sentencesOf(text)
  const mean = wordsOf(text).length / Math.max(1, sentences.length)
  return Math.max(0, Math.min(1, (24 - mean) / 12))
}

/** No "I", no talk of being an AI, no exclamation, no markup: half a point for each kind is lost. */
function plain(text: string): number {
  const faults = [
    /\b(I|I'm|I'd|I've|I'll|my|me)\b/,
    /\bAI\b|language model|assist/i,
    /!/,
    /[*#_`|]|\n\s*(\d+\.|-)/,
  ].filter((fault) => fault.test(text)).length
  return Math.max(0, 1 - faults / 2)
}

/** The share of different words among the runs of three: nothing below one half. */
function saysThingsOnce(words: readonly string[]): number {
  const runs = words.slice(2).map((_, i) => words.slice(i, i + 3).join(' '))
  const different = new Set(runs).size / Math.max(1, runs.length)
  return Math.max(0, 2 * different - 1)
}
