/** Resolves paths only; nothing is ever fetched from it. */
const here = 'http://here.invalid'

/** The path of this site that an untrusted `next` names, with its query and fragment; '/' for anything else. */
export function returnPath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, here)) return '/'
  const { origin, pathname, search, hash } = new URL(next, here)
  // Dots are resolved by now: '/.//x' would lead to another site.
  if (origin !== here || pathname.startsWith('//')) return '/'
  return /^\/(api|sign-in|sign-up)(\/|$)/.test(pathname) ? '/' : pathname + search + hash
}

/** The sign-in page, which leads back to `path` afterwards. */
export function signInAddress(path?: string): string {
  return path && returnPath(path) !== '/' ? `/sign-in?next=${encodeURIComponent(path)}` : '/sign-in'
}
