import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { SchemaEngine as WasmSchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { SchemaEngineError } from './error.ts';

export type { WasmSchemaEngine };

/** TypeScript knows this global from the browser's library only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

const require = createRequire(import.meta.url);

/** The commit of prisma-engines that the WebAssembly module was built from. */
export const ENGINE_COMMIT: string = readEngineCommit();

let module: typeof WasmSchemaEngine | undefined;
let panic: SchemaEngineError | undefined;
const onPanic = new Set<(error: SchemaEngineError) => void>();

/**
 * Loads Prisma's engine, once. Its package expects a bundler (or a flag of
 * Node's) to import the `.wasm`; instantiating it by hand needs neither.
 */
export function loadWasm(): typeof WasmSchemaEngine {
  if (panic) throw panic;
  if (module) return module;
  installPanicHook();
  const file = require
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/schema_engine_bg\.js$/, 'schema_engine_bg.wasm');
  // To optimise megabytes takes three times as long as all that a command asks of them.
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  const compiled = new WebAssembly.Module(readFileSync(file));
  const { exports } = new WebAssembly.Instance(compiled, { './schema_engine_bg.js': withIdleTimers() });
  bindings.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as () => void)();
  module = bindings.SchemaEngine;
  return module;
}

/**
 * The engine gives itself 10 seconds to get its lock and does not clear the timer when it has it: a process
 * that is done would be kept alive by that.
 */
function withIdleTimers(): object {
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding]) => [
      name,
      name.startsWith('__wbg_setTimeout_')
        ? (...args: unknown[]) => {
            const timer = (binding as (...args: unknown[]) => NodeJS.Timeout)(...args);
            timer.unref();
            return timer;
          }
        : binding,
    ]),
  );
}

/**
 * Settles like `work`, or rejects as soon as the engine panics: the promise of
 * a call that panicked never settles by itself.
 */
export function orPanic<T>(work: () => Promise<T>): Promise<T> {
  if (panic) return Promise.reject(panic);
  installPanicHook();
  return new Promise((resolve, reject) => {
    onPanic.add(reject);
    Promise.resolve()
      .then(work)
      .then(resolve, reject)
      .finally(() => onPanic.delete(reject));
  });
}

/** What the engine said when it crashed, if it did. */
export function lastPanic(): SchemaEngineError | undefined {
  return panic;
}

interface PanicRegistry {
  get?(): string;
  set_message(message: string): void;
}

const holder = globalThis as { PRISMA_WASM_PANIC_REGISTRY?: PanicRegistry };
let hook: PanicRegistry | undefined;

/**
 * Every WebAssembly module of Prisma's reports its panics to this one global,
 * and Prisma Client in the same process puts its own there: pass on to it.
 */
function installPanicHook(): void {
  const others = holder.PRISMA_WASM_PANIC_REGISTRY;
  if (hook && others === hook) return;
  let last = '';
  hook = {
    get: () => others?.get?.() ?? last,
    set_message(message) {
      last = message;
      others?.set_message(message);
      panic = new SchemaEngineError(`The schema engine crashed: ${message}`);
      for (const reject of [...onPanic]) reject(panic);
    },
  };
  holder.PRISMA_WASM_PANIC_REGISTRY = hook;
}

function readEngineCommit(): string {
  const file = require
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/schema_engine_bg\.js$/, 'package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version.replace(/^.*\./, '');
}
