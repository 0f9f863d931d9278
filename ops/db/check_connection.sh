#!/bin/sh
# The old name of `pnpm ops:check-connection`: same options, same exit codes, from any folder.
exec node -- "$(dirname -- "$(readlink -f -- "$0")")/../bin/vatevo-ops.mjs" check-connection "$@"
