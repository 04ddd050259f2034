import { performance } from 'node:perf_hooks';

/**
 * The two clocks of the machine behind one interface (design §7).
 *
 * Times are nanoseconds since reset as a JavaScript number: exact up to 2^53 ns, 104 days.
 */
export interface Clock {
  /** Nanoseconds since the machine was reset. Never goes backwards. */
  now(): number;
  /** Wall-clock seconds since 1970 at which the machine started, for the RTC. */
  readonly epochSeconds: number;
  /** Calls `event` once, at or soon after `deadline`. Scheduling it again moves it. */
  schedule(event: ClockEvent, deadline: number): void;
  cancel(event: ClockEvent): void;
}

/** Something that happens at a time: a timer's compare match, an alarm. */
export interface ClockEvent {
  /** For traces. */
  readonly name: string;
  fire(): void;
}

/** Keeps the events of one clock in order; shared by both kinds. */
export class EventQueue {
  readonly #deadlines = new Map<ClockEvent, number>();
  #next = Number.POSITIVE_INFINITY;

  /** Deadline of the earliest event, in ns; infinity when there is none. */
  get next(): number {
    return this.#next;
  }

  schedule(event: ClockEvent, deadline: number): void {
    this.#deadlines.set(event, deadline);
    this.#recompute();
  }

  cancel(event: ClockEvent): void {
    if (this.#deadlines.delete(event)) this.#recompute();
  }

  /** Fires, in order of deadline, everything that is due at `now` (ns). */
  run(now: number): void {
    while (this.#next <= now) {
      let due: ClockEvent | undefined;
      for (const [event, deadline] of this.#deadlines) {
        if (deadline === this.#next) {
          due = event;
          break;
        }
      }
      this.#deadlines.delete(due!);
      this.#recompute();
      due!.fire();
    }
  }

  #recompute(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const deadline of this.#deadlines.values()) if (deadline < next) next = deadline;
    this.#next = next;
  }
}

/** The counter follows real time. */
export class HostClock implements Clock {
  readonly queue = new EventQueue();
  readonly epochSeconds = Math.floor(Date.now() / 1000);
  readonly #origin = performance.now();

  now(): number {
    return Math.floor((performance.now() - this.#origin) * 1e6);
  }

  schedule(event: ClockEvent, deadline: number): void {
    this.queue.schedule(event, deadline);
  }

  cancel(event: ClockEvent): void {
    this.queue.cancel(event);
  }
}

/** The counter is the number of instructions retired, one a nanosecond; idle time is skipped. */
export class VirtualClock implements Clock {
  readonly queue = new EventQueue();
  /** Fixed, so that a run depends on its inputs only: 2024-01-01T00:00:00Z. */
  readonly epochSeconds = 1_704_067_200;
  /** Instructions retired since the last {@link advance}: the run that is under way. */
  executed: () => number = () => 0;
  /** Called when an event is scheduled, so that the run that is under way can end in time for it. */
  onSchedule: () => void = () => {};
  #now = 0;

  now(): number {
    return this.#now + this.executed();
  }

  /** Moves time forward by `ns`: instructions retired, or idle time skipped. */
  advance(ns: number): void {
    this.#now += ns;
  }

  schedule(event: ClockEvent, deadline: number): void {
    this.queue.schedule(event, deadline);
    this.onSchedule();
  }

  cancel(event: ClockEvent): void {
    this.queue.cancel(event);
  }
}
