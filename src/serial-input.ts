import type { ClockEvent } from '../runtime/clock.js';
import type { Machine } from '../runtime/machine.js';
import type { Console } from './console.js';

/** Where input comes from; it can be held back. */
export type InputSource = Pick<Console, 'pause' | 'resume'>;

/** Input waiting for room in the UART, in bytes: beyond it the host's side is paused. */
const INPUT_LIMIT = 4096;

/** Under the virtual clock a guest that never sleeps gets a FIFO of its input each so many nanoseconds. */
const BUSY_GUEST_DELAY = 1_000_000;

/**
 * Serial input on its way to the UART, which takes only as much as its FIFO holds. It goes in when every vCPU sleeps, when
 * the guest polls for it, and else now and then: after each burst on the host's clock. Whoever reads by interrupt gets one FIFO at a
 * time: a handler that found more and more would keep the guest's tasks from what it has read, and the guest's buffers are limited.
 *
 * Under the virtual clock the moment of arrival must not depend on the host, so there it is after a fixed time, and what was
 * piped in from the start gives the same run each time.
 */
export class SerialInput implements ClockEvent {
  readonly name = 'serial input';
  readonly #machine: Machine;
  readonly #terminal: InputSource;
  readonly #virtual: boolean;
  #bytes = Buffer.alloc(0);

  constructor(machine: Machine, terminal: InputSource) {
    this.#machine = machine;
    this.#terminal = terminal;
    this.#virtual = machine.board.options.clock === 'virtual';
    const { uart } = machine.board;
    uart.onReadable = () => {
      if (uart.polled) this.#deliver();
      else machine.wake();
    };
    // What comes meanwhile is seen sooner; under the virtual clock it must not change how the guest's time is cut.
    if (!this.#virtual) uart.onWaiting = () => machine.inputAwaited();
    machine.onIdle = () => this.#deliver();
  }

  /** Takes what was typed or piped in. */
  push(bytes: Uint8Array): void {
    const first = this.#bytes.length === 0;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.#bytes.length > INPUT_LIMIT) this.#terminal.pause();
    if (this.#virtual && first) this.#schedule();
    this.#machine.wake();
  }

  /** Between two bursts: a guest on the host's clock gets its input at once. */
  afterBurst(): void {
    if (this.#virtual) return;
    this.#deliver();
    this.#machine.inputWaits = this.#bytes.length > 0 && this.#machine.board.uart.listening;
  }

  fire(): void {
    this.#deliver();
    if (this.#bytes.length > 0) this.#schedule();
  }

  #schedule(): void {
    const { clock } = this.#machine.board;
    clock.schedule(this, clock.now() + BUSY_GUEST_DELAY);
  }

  /** Gives the UART what it takes. @returns whether it took anything */
  #deliver(): boolean {
    const { uart, clock } = this.#machine.board;
    let taken = 0;
    while (taken < this.#bytes.length && uart.canReceive()) uart.receive(this.#bytes[taken++]);
    if (taken === 0) return false;
    this.#bytes = this.#bytes.subarray(taken);
    if (this.#bytes.length <= INPUT_LIMIT) this.#terminal.resume();
    if (this.#virtual) {
      if (this.#bytes.length > 0) this.#schedule();
      else clock.cancel(this);
    }
    return true;
  }
}
