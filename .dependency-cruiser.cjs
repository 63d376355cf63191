/** The directions of import that docs/architecture.md states. */
module.exports = {
  forbidden: [
    {
      name: 'trainer-stands-alone',
      comment: 'the trainer runs on a machine that has no database and no web app',
      severity: 'error',
      from: { path: '^trainer/' },
      to: { path: '^(lib|app|prisma|e2e|scripts)/' },
    },
    {
      name: 'lib-never-imports-app',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^app/' },
    },
    {
      name: 'lib-knows-only-the-trainers-schemas',
      comment: 'the trainer is spawned, never called',
      severity: 'error',
      from: { path: '^lib/', pathNot: '\\.test\\.ts$' },
      to: { path: '^trainer/', pathNot: '^trainer/(config|events|errors|lock-file)\\.ts$' },
    },
    {
      name: 'app-never-touches-the-database',
      severity: 'error',
      from: { path: '^app/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(prisma/|node_modules/(pg|@prisma|prisma|pg-boss)/|lib/db\\.ts|trainer/)' },
    },
    {
      name: 'rlhf-is-pure',
      comment: 'losses and estimators know no files and no models',
      severity: 'error',
      from: { path: '^trainer/rlhf/', pathNot: '\\.test\\.ts$' },
      to: { path: '^trainer/(recipes|io|engine|text)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: '^prisma/client' },
      to: { circular: true, viaOnly: { pathNot: '^prisma/client' } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(next/|#)' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^prisma/client/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
}
