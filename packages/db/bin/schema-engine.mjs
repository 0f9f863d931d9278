#!/usr/bin/env node
// PRISMA_SCHEMA_ENGINE_BINARY names this file, so that the Prisma CLI starts it.
import '../dist/prisma/engine.js';
