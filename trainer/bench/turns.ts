import { type Child, startChild } from './child.ts'
import type { Contender } from './contenders.ts'
import { reasonOf } from './reason.ts'

export interface Member {
  contender: Contender
  child: Child
}

/**
 * The contenders' processes, asked one after the other, so that what else the machine does hits all alike. One that fails leaves, with a
 * note.
 */
export interface Turns {
  each(ask: (member: Member) => Promise<void>): Promise<void>
  end(): Promise<void>
}

export function startTurns(contenders: Contender[], note: (text: string) => void): Turns {
  let members = contenders.map((contender) => ({
    contender,
    child: startChild(contender.command, contender.args),
  }))
  return {
    async each(ask) {
      const failed = new Set<Member>()
      for (const member of members) {
        try {
          await ask(member)
        } catch (error) {
          note(`${member.contender.name}: ${reasonOf(error)}`)
          failed.add(member)
          await member.child.end()
        }
      }
      members = members.filter((member) => !failed.has(member))
    },

    async end() {
      await Promise.all(members.map(({ child }) => child.end()))
      members = []
    },
  }
}
