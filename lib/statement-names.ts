/** Texts beyond these are sent unnamed: lists of many lengths would fill every connection with plans. */
const most = 500
const unnamed = ''

/**
 * Names for statements, so that Postgres plans each text once a connection instead of at every call: the first `most` texts
 * that come twice get one. Of a claim and a submission, planning is half of what Postgres does.
 */
export function statementNames(): (query: { sql: string }) => string {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  return ({ sql }) => {
    const name = names.get(sql)
    if (name !== undefined || names.size >= most) return name ?? unnamed
    if (!seen.delete(sql)) {
      if (seen.size >= most) seen.clear()
      seen.add(sql)
      return unnamed
    }
    const given = `whetstone_${names.size}`
    names.set(sql, given)
    return given
  }
}
