import { performance } from 'node:perf_hooks';
import type { VirtBoard } from './board/virt.js';
import { HostClock, VirtualClock } from './clock.js';
import type { Vcpu } from './cpu/vcpu.js';

/** Why {@link Machine.run} ended. */
export type StopReason =
  /** The guest switched itself off. */
  | 'off'
  /** The guest asked for a reset; the machine has been reset already when rebooting. */
  | 'reset'
  /** `stop()` was called. */
  | 'stopped'
  | 'timeout'
  | 'max-instructions';

export interface RunLimits {
  /** Wall-clock seconds. */
  readonly timeoutSeconds?: number;
  /** Instructions retired, all vCPUs together. */
  readonly maxInstructions?: number;
}

/** Instructions that a vCPU runs before the next one has its turn, alone and among several. */
const QUANTUM_ALONE = 50_000;
const QUANTUM_SHARED = 5_000;
/** Milliseconds between two looks at the host's events (input, signals). */
const BURST_MS = 8;
/** The same while the guest waits for input, or more input for the guest. */
const WAITING_BURST_MS = 1;
/** Under the virtual clock, what waits to be translated has company enough after so many instructions: the host's time must not decide. */
const TRANSLATION_INTERVAL = 100_000;
/** Longest sleep of an idle machine in milliseconds, so that limits are seen. */
const LONGEST_SLEEP_MS = 1000;

/** Runs the vCPUs of a board in turn, on one thread, and moves its clock. */
export class Machine {
  readonly board: VirtBoard;
  /** Instructions retired since the start, all vCPUs together. */
  retired = 0;
  /** Called after each burst: the host writes out what the serial port has sent. */
  onBurst: () => void = () => {};
  /** Called when every vCPU sleeps, before time is skipped or slept away; true when it gave the guest input. */
  onIdle: () => boolean = () => false;
  /** There is more input for a guest that is not done with what it got: bursts are short, so that it comes as by a fast line. */
  inputWaits = false;

  /** Count of instructions at which what waits to be translated waits no longer, under the virtual clock. */
  #translateAt = 0;
  #stop: StopReason | undefined;
  #wake: (() => void) | undefined;
  #running: Vcpu | undefined;
  /** Of the burst under way, by the host's clock in ms. */
  #burstBegan = 0;
  #burstEnd = 0;

  constructor(board: VirtBoard) {
    this.board = board;
    board.onPower = (request) => this.#requestStop(request);
    if (board.clock instanceof VirtualClock) {
      board.clock.executed = () => this.#running?.interpreter.executed ?? 0;
      board.clock.onSchedule = () => this.#running?.interpreter.stop();
    }
  }

  /** Ends {@link run} soon. */
  stop(): void {
    this.#requestStop('stopped');
  }

  /** Something happened on the host's side (input): an idle machine looks again. */
  wake(): void {
    this.#wake?.();
  }

  /** The guest waits for input: the burst under way is a short one. A turn of a guest that reads registers takes longer than that. */
  inputAwaited(): void {
    if (performance.now() < this.#burstBegan + WAITING_BURST_MS) return;
    this.#burstEnd = 0;
    this.#running?.interpreter.stop();
  }

  /** Runs until the guest switches off or resets, a limit is reached, or `stop` is called. */
  async run(limits: RunLimits = {}): Promise<StopReason> {
    this.#stop = undefined;
    const maxInstructions = limits.maxInstructions ?? Number.POSITIVE_INFINITY;
    const end = performance.now() + (limits.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    for (;;) {
      const idle = this.#burst(maxInstructions);
      this.onBurst();
      if (this.#stop !== undefined) return this.#stop;
      const now = performance.now();
      if (now >= end) return 'timeout';
      if (idle) await this.#sleep(end - now);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #requestStop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#running?.interpreter.stop();
    this.#wake?.();
  }

  /** Runs everybody for some milliseconds. @returns true when all vCPUs sleep */
  #burst(maxInstructions: number): boolean {
    const { board } = this;
    const { clock, vcpus } = board;
    this.#burstBegan = performance.now();
    this.#burstEnd = this.#burstBegan + (this.inputWaits ? WAITING_BURST_MS : BURST_MS);
    const quantum = vcpus.length === 1 ? QUANTUM_ALONE : QUANTUM_SHARED;
    do {
      clock.queue.run(clock.now());
      let ran = false;
      for (const vcpu of vcpus) {
        if (!vcpu.runnable()) continue;
        ran = true;
        let slice = Math.min(quantum, maxInstructions - this.retired);
        if (clock instanceof VirtualClock) {
          // Events are not late: the slice ends where the next one is due.
          slice = Math.min(slice, Math.max(1, clock.queue.next - clock.now()));
        }
        this.#running = vcpu;
        const executed = vcpu.run(slice);
        this.#running = undefined;
        this.retired += executed;
        if (clock instanceof VirtualClock) {
          const due = this.retired >= this.#translateAt;
          if (due) this.#translateAt = this.retired + TRANSLATION_INTERVAL;
          board.pollCode(due);
          clock.advance(executed);
          clock.queue.run(clock.now());
        } else {
          board.pollCode(false);
        }
        if (this.#stop !== undefined) return false;
        if (this.retired >= maxInstructions) {
          this.#stop = 'max-instructions';
          return false;
        }
      }
      if (!ran) {
        if (this.onIdle()) continue;
        if (clock instanceof HostClock) return true;
        const next = clock.queue.next;
        if (next === Number.POSITIVE_INFINITY) return true;
        clock.advance(Math.max(0, next - clock.now()));
      }
    } while (performance.now() < this.#burstEnd);
    if (clock instanceof HostClock) board.pollCode(true);
    return false;
  }

  /** Sleeps until the next event of the clock, or until {@link wake}. */
  async #sleep(longestMs: number): Promise<void> {
    const { clock } = this.board;
    const untilEvent = (clock.queue.next - clock.now()) / 1e6;
    const ms = Math.max(0, Math.min(untilEvent, longestMs, LONGEST_SLEEP_MS));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
