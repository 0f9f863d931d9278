/**
 * Loaded into the API's process (`node --import`) before the API itself: when the demo that started it
 * is gone, be it by `kill -9`, the process gets the signal that the demo would have sent.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel alone is no reason to live on.
process.channel?.unref();
