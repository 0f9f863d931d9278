/** Changed rows that may be left for the time in which nobody can write, in either direction. */
export const MAX_ROWS_AT_FENCE = 100;
/** Rounds of following changes after which the fence is put up all the same: the writers are as fast as we are. */
export const MAX_CATCH_UP_ROUNDS = 20;
