#!/bin/sh
# The old name of `pnpm ops:prepare-postgres`: same options, same exit codes, from any folder.
exec node "$(dirname -- "$(readlink -f -- "$0")")/../bin/vatevo-ops.mjs" prepare-postgres "$@"
