/**
 * Which packages and folders may know which: `pnpm lint` holds them. Of packages the table in docs/architecture.md
 * says it; the reasons for the rest are in docs/decisions.
 */

import { readMap } from './scripts/lib/written-map.mjs';

const columnTypes = '^packages/transfer/src/column-types/';
const copy = '^packages/transfer/src/(column-types|derivation)/.*encode[-./]';
const proof = '^packages/transfer/src/(column-types|derivation)/.*canonical[-./]';
const restore = `${columnTypes}.*restore[-./]`;
/** What both sides may know. */
const declarations = '^packages/transfer/src/(column-types|derivation)/types\\.ts$';

/** A side of a column type knows itself, what its values are, and Node. */
const alone = (name, side, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: side },
  to: { pathNot: [side, declarations], dependencyTypesNot: ['core'] },
});

/** The same through any number of files. */
const unreachable = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to, reachable: true },
});

/** A database's driver is for those who know that database. */
const driver = (packages, folder) => ({
  name: `${folder.replace('/', '-')}-has-its-driver-for-itself`,
  comment: 'What needs no driver serves the next database, too.',
  severity: 'error',
  from: { path: '^packages/transfer/src/', pathNot: `^packages/transfer/src/${folder}/` },
  to: { path: `node_modules/(@types/)?${packages}(/|$)` },
});

const written = readMap();
const anyFolder = `^(${written.map(({ folder }) => folder).join('|')})/`;

/** A package imports those of ours that the map says, and no others. */
const asWritten = ({ folder, imports }) => ({
  name: `${folder.replace('/', '-')}-as-written`,
  comment: 'docs/architecture.md says who imports whom: change the map there first, with the reason.',
  severity: 'error',
  from: { path: `^${folder}/(src|bin)/` },
  // Others are met under their names; a path into another's folder is never right.
  to: {
    path: ['^@vatevo/', anyFolder],
    pathNot: [`^${folder}/`, ...imports.map((name) => `^@vatevo/${name}(/|$)`)],
  },
});

export default {
  forbidden: [
    ...written.map(asWritten),
    {
      name: 'no-cycles',
      comment: 'Of two files that need each other, neither can be read or tried alone.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    alone('copy-alone', copy, 'What the copy writes must not depend on what the proof expects.'),
    alone(
      'proof-alone',
      proof,
      'The proof shares nothing with the copy: a fault in it must not hide itself.',
    ),
    alone('restore-alone', restore, 'Failback is proven like the move forward, by the proof alone.'),
    {
      name: 'types-have-no-code',
      comment: 'Both sides read these files: what has no code shares no fault.',
      severity: 'error',
      from: { path: declarations },
      to: { pathNot: [declarations] },
    },
    unreachable('copy-never-reaches-proof', copy, proof, 'Not through other files either.'),
    unreachable('proof-never-reaches-copy', proof, copy, 'Not through other files either.'),
    {
      name: 'verification-knows-no-encoder',
      comment: 'Verification asks the registry for canonical forms, and nothing for encoded ones.',
      severity: 'error',
      from: { path: '^packages/transfer/src/source/sqlite/proof/' },
      to: { path: '/encode[-./]|/source/sqlite/pages/|-encoder\\.ts$' },
    },
    {
      name: 'programs-are-run-by-execa',
      comment: 'What outlives its parent, or talks with it, is spawned by Node, and the file says why.',
      severity: 'error',
      from: {
        path: '^(packages|apps)/[^/]+/src/|^ops/src/',
        pathNot: [
          '^packages/test-kit/',
          '^packages/local-postgres/src/(server|postmaster|guardian)\\.ts$',
          '^packages/schema-engine/src/cli/witness\\.ts$',
          '^ops/src/(drill/writer|demo)/process\\.ts$',
        ],
      },
      to: { path: '^child_process$' },
    },
    {
      name: 'source-knows-no-target',
      comment: 'Another target is one folder. What joins the two is the pipeline.',
      severity: 'error',
      from: { path: '^packages/transfer/src/source/' },
      to: { path: '^packages/transfer/src/(target|pipeline)/' },
    },
    {
      name: 'target-knows-no-source',
      comment: 'Another source is one folder. The pipeline asks the target, and not the other way round.',
      severity: 'error',
      from: { path: '^packages/transfer/src/target/' },
      to: { path: '^packages/transfer/src/(source|pipeline)/' },
    },
    {
      name: 'pipeline-knows-interfaces-only',
      comment:
        'The pipeline uses the interfaces Source and Target; session.ts is where one of each is chosen.',
      severity: 'error',
      from: { path: '^packages/transfer/src/(pipeline|plan)/' },
      to: { path: '^packages/transfer/src/(source/sqlite|target/postgres)/' },
    },
    {
      name: 'interfaces-know-no-implementation',
      comment: 'They say what the pipeline needs, and nothing of who does it.',
      severity: 'error',
      from: { path: '^packages/transfer/src/(source|target)/[^/]+\\.ts$' },
      to: { path: '^packages/transfer/src/(source|target)/[^/]+/' },
    },
    driver('pg(-copy-streams)?', 'target/postgres'),
    driver('better-sqlite3', 'source/sqlite'),
    {
      name: 'column-types-are-a-leaf',
      comment: 'A type is whole in its folder: it knows nothing of plans, sources or targets.',
      severity: 'error',
      from: { path: columnTypes },
      to: { pathNot: [columnTypes], dependencyTypesNot: ['core'] },
    },
    {
      name: 'types-are-asked-through-the-registry',
      comment: 'Who knows one type by name keeps a list that the next type will be missing from.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: [columnTypes] },
      to: {
        path: `${columnTypes}[^/]+/`,
        pathNot: [`${columnTypes}(encode|canonical|restore)/`],
      },
    },
    {
      name: 'types-do-not-know-each-other',
      comment: 'What several types share lies in encode, canonical or restore beside them.',
      severity: 'error',
      from: { path: `${columnTypes}([^/]+)/` },
      to: { path: `${columnTypes}[^/]+/`, pathNot: [`${columnTypes}($1|encode|canonical|restore)/`] },
    },
    {
      name: 'every-type-is-registered',
      comment: 'A folder that the registry does not know carries nothing.',
      severity: 'error',
      from: { path: `${columnTypes}registry\\.ts$` },
      to: { path: `${columnTypes}[^/]+/index\\.ts$`, reachable: false },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Examples are for tests.
    exclude: { path: '(^|/)(dist|generated)/|^packages/transfer/src/column-types/.*examples\\.ts$' },
  },
};
