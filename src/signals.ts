import { constants } from 'node:os';

/** Those that end a process unless it listens, and that somebody or the system may send to end a run. */
export const endingSignals = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const),
  ...(['SIGALRM', 'SIGUSR2', 'SIGXCPU'] as const),
] satisfies readonly NodeJS.Signals[];

export type EndingSignal = (typeof endingSignals)[number];

/** Exit code of what was ended by a signal, as shells have it. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + constants.signals[signal];
}

/** Calls `listener` for each of them. @returns ends that */
export function onEndingSignal(listener: (signal: EndingSignal) => void): () => void {
  for (const signal of endingSignals) process.on(signal, listener as NodeJS.SignalsListener);
  return () => {
    for (const signal of endingSignals) process.off(signal, listener as NodeJS.SignalsListener);
  };
}
