/** A colour of the theme as the canvas understands it, in the mode shown now. */
export function colourOf(name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Calls back when light turns dark or back, by the switch or by the system. */
export function onThemeChange(notify: () => void): () => void {
  const media = window.matchMedia('(prefers-color-scheme: dark)')
  const observer = new MutationObserver(notify)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  media.addEventListener('change', notify)
  return () => {
    observer.disconnect()
    media.removeEventListener('change', notify)
  }
}
