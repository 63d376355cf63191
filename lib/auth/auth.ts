import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { createAuthMiddleware } from 'better-auth/api'
import { db } from '../db.ts'
import { env } from '../env.ts'
import { log } from '../log.ts'
import { forgetSessions } from './known-sessions.ts'
import { refuseGuessing } from './refuse-guessing.ts'

type Auth = ReturnType<typeof create>
let made: Auth | undefined

/** better-auth, made at the first call so that importing this file needs no settings. */
export function auth(): Auth {
  made ??= create()
  return made
}

function create() {
  const { baseUrl, authSecret, signUpsPerMinute } = env()
  return betterAuth({
    appName: 'Whetstone',
    baseURL: baseUrl,
    basePath: '/api/auth',
    secret: authSecret,
    telemetry: { enabled: false },
    database: prismaAdapter(db, { provider: 'postgresql', transaction: true }),
    emailAndPassword: {
      enabled: true,
      autoSignIn: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
      // No mail is ever sent, so an address cannot be verified; membership comes by invitation instead.
      requireEmailVerification: false,
    },
    // People reach one server by several names (localhost, 127.0.0.1, a host name): the page's own origin is trusted.
    trustedOrigins: (request) => {
      const host = request?.headers.get('host')
      return host ? [`http://${host}`, `https://${host}`] : []
    },
    session: { expiresIn: 60 * 60 * 24 * 30, updateAge: 60 * 60 * 24 },
    user: { changeEmail: { enabled: false }, deleteUser: { enabled: false } },
    rateLimit: {
      enabled: true,
      storage: 'database',
      window: 60,
      max: 300,
      customRules: {
        '/sign-in/*': { window: 60, max: 20 },
        '/sign-up/*': { window: 60, max: signUpsPerMinute },
        '/get-session': false,
      },
    },
    hooks: {
      before: createAuthMiddleware(async ({ path, body }) => {
        if (path === '/sign-in/email') await refuseGuessing(String(body?.email))
      }),
      after: createAuthMiddleware(async ({ path }) => {
        if (path !== '/get-session') forgetSessions()
      }),
    },
    advanced: { useSecureCookies: baseUrl.startsWith('https:'), cookiePrefix: 'whetstone' },
    logger: {
      level: 'warn',
      log: (level, message, ...details) => log()[level === 'error' ? 'error' : 'warn']({ details }, message),
    },
  })
}
