import { type Clock, type ClockEvent, EventQueue } from '../../runtime/clock.js';

/** A clock that the test moves by hand; events fire as time passes them. */
export class TestClock implements Clock {
  readonly epochSeconds = 1_600_000_000;
  readonly #queue = new EventQueue();
  #now = 0;

  now(): number {
    return this.#now;
  }

  get next(): number {
    return this.#queue.next;
  }

  advance(ns: number): void {
    const end = this.#now + ns;
    while (this.#queue.next <= end) {
      this.#now = Math.max(this.#now, this.#queue.next);
      this.#queue.run(this.#now);
    }
    this.#now = end;
  }

  schedule(event: ClockEvent, deadline: number): void {
    this.#queue.schedule(event, deadline);
  }

  cancel(event: ClockEvent): void {
    this.#queue.cancel(event);
  }
}
