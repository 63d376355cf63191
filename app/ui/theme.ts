export type Theme = 'system' | 'light' | 'dark'

export const themeCookie = 'whetstone-theme'
/** 'narrow' when the rail is collapsed. */
export const railCookie = 'whetstone-rail'

export function themeFrom(value: string | undefined): Theme {
  return value === 'light' || value === 'dark' ? value : 'system'
}

/** Remembers a setting of this browser for a year; an empty value forgets it. */
export function writeCookie(name: string, value: string) {
  const age = value ? 31_536_000 : 0
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere yet
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`
}

/** Applies the theme now and remembers it; the server reads the cookie, so nothing flashes. */
export function applyTheme(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  writeCookie(themeCookie, theme === 'system' ? '' : theme)
}
