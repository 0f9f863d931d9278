# The images of a release: `api`, which is built when no target is named, and `ops`, the commands.
#
#   docker build --tag vatevo-api .
#   docker build --tag vatevo-ops --target ops .
#
# Nothing is downloaded but from the registries of npm and Debian. deploy/test runs these very steps outside Docker.

FROM node:24.19.0-bookworm-slim AS tools
RUN npm install --global pnpm@12.21.0 turbo@2.11.11
ENV DO_NOT_TRACK=1

FROM tools AS prune
WORKDIR /src
COPY . .
RUN turbo prune @vatevo/api @vatevo/ops --docker

FROM tools AS build
# better-sqlite3 is compiled: its ready-made builds lie elsewhere, and so do the headers of Node, which the image has.
RUN apt-get update && apt-get install --yes --no-install-recommends g++ make python3
ENV npm_config_build_from_source=true npm_config_nodedir=/usr/local
WORKDIR /src
COPY --from=prune /src/out/json/ ./
# The workspace's own script would build what is not here yet; what has to be compiled is, when it is deployed.
RUN pnpm install --frozen-lockfile --ignore-scripts
COPY --from=prune /src/out/full/ ./
COPY tsconfig.base.json ./
RUN turbo run build --filter=@vatevo/api --filter=@vatevo/ops
RUN pnpm --filter=@vatevo/api deploy --prod deployed/api
RUN pnpm --filter=@vatevo/ops deploy --prod deployed/ops

FROM node:24.19.0-bookworm-slim AS ops
ENV NODE_ENV=production VATEVO_ENV=production
WORKDIR /srv/vatevo
COPY LICENSE ./
COPY --from=build /src/deployed/ops/ ./
# The user "node" of the base image, as a number, so that Kubernetes can tell that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "bin/vatevo-ops.mjs"]
CMD ["--help"]

FROM node:24.19.0-bookworm-slim AS api
ENV NODE_ENV=production VATEVO_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /srv/vatevo
COPY LICENSE ./
COPY --from=build /src/deployed/api/ ./
USER 1000:1000
EXPOSE 3000
# Whether the process answers; whether its database does is for who sends requests to it (/health/db).
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself gets SIGTERM, and has 25 s for what is under way.
CMD ["node", "dist/main.js"]
