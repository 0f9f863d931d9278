import type { MetricObject } from 'prom-client';

/** What one process of several asks the first one, and is answered. */
export interface Questions {
  /** Counts a request, in the counts of that name. */
  readonly increment: { readonly of: { name: string; key: string }; readonly answer: Count };
  /** How many were counted; undefined when none were. */
  readonly count: { readonly of: { name: string; key: string }; readonly answer: Count | undefined };
  readonly decrement: { readonly of: { name: string; key: string }; readonly answer: undefined };
  /** What all processes have counted and measured, as text. */
  readonly metrics: { readonly of: null; readonly answer: string };
}
export type Question = keyof Questions;

export interface Count {
  readonly hits: number;
  /** Milliseconds since 1970 when it starts over. */
  readonly resetAt: number;
}

/** What a process says to the first one. */
export type FromProcess =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question; readonly of: unknown }
  /** Its own metrics, for a scrape, or the last ones before it ends. */
  | { readonly kind: 'metrics'; readonly id: number | 'last'; readonly metrics: readonly MetricObject[] };

/** What the first process says to another one. */
export type ToProcess =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'tell metrics'; readonly id: number }
  | { readonly kind: 'stop'; readonly lingerMs: number };
