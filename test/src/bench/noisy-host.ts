import { normal, randomNumbers } from './samples.js';

export interface Noise {
  /** Standard deviation of the slow drift, relative, and how much of it stays from one run to the next. */
  readonly drift: number;
  readonly memory: number;
  /** Chance of a run with a hiccup. */
  readonly hiccup: number;
  /** Chance that a heavy job of another user begins or ends between two runs, and how much slower the host is with it. */
  readonly change: number;
  readonly heavy: number;
}

/** Two cores, shared: drift that lasts, hiccups, and heavy jobs that come and go. */
export const sharedHost: Noise = { drift: 0.05, memory: 0.7, hiccup: 0.1, change: 0.06, heavy: 1.4 };

/** The host's slowness in run after run: 1 when it is idle and nothing happens. */
export function noisyHost(seed: number, noise: Noise = sharedHost): () => number {
  const random = randomNumbers(seed);
  let drift = noise.drift * normal(random);
  let loaded = random() < 0.5;
  return () => {
    drift = noise.memory * drift + Math.sqrt(1 - noise.memory ** 2) * noise.drift * normal(random);
    if (random() < noise.change) loaded = !loaded;
    const hiccup = random() < noise.hiccup ? -0.25 * Math.log(1 - random()) : 0;
    return Math.exp(drift + hiccup) * (loaded ? noise.heavy : 1);
  };
}
