/** PrimeCell Real Time Clock PL031 (ARM DDI 0224): seconds since 1970, and an alarm. */
import type { Clock, ClockEvent } from '../clock.js';
import type { AccessWidth, Device, InterruptLine } from './device.js';
import { narrow, PRIMECELL_ID, primeCellId } from './registers.js';

const RTCDR = 0x00;
const RTCMR = 0x04;
const RTCLR = 0x08;
const RTCCR = 0x0c;
const RTCIMSC = 0x10;
const RTCRIS = 0x14;
const RTCMIS = 0x18;
const RTCICR = 0x1c;
const ID_BYTES = [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const NS_PER_SECOND = 1_000_000_000;

export class Pl031 implements Device, ClockEvent {
  readonly name = 'pl031';
  readonly size = 0x1000;
  readonly #clock: Clock;
  readonly #interrupt: InterruptLine;
  /** Value of the counter at time zero of the clock. */
  #offset: number;
  #match = 0;
  #load = 0;
  #imsc = 0;
  #ris = 0;

  /** @param interrupt RTCINTR. */
  constructor(clock: Clock, interrupt: InterruptLine) {
    this.#clock = clock;
    this.#interrupt = interrupt;
    this.#offset = clock.epochSeconds >>> 0;
  }

  /** The time itself survives, as on a board with a battery. */
  reset(): void {
    this.#clock.cancel(this);
    this.#match = 0;
    this.#load = 0;
    this.#imsc = 0;
    this.#ris = 0;
    this.#update();
  }

  /** The alarm: RTCDR has reached RTCMR. */
  fire(): void {
    this.#ris = 1;
    this.#update();
  }

  read(offset: number, width: AccessWidth): number {
    return narrow(this.#readRegister(offset & ~3), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    switch (offset) {
      case RTCMR:
        this.#match = value >>> 0;
        this.#setAlarm();
        break;
      case RTCLR:
        this.#load = value >>> 0;
        this.#offset = (value - this.#seconds()) >>> 0;
        this.#setAlarm();
        break;
      case RTCIMSC:
        this.#imsc = value & 1;
        break;
      case RTCICR:
        this.#ris &= ~value;
        break;
    }
    this.#update();
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case RTCDR:
        return this.#counter();
      case RTCMR:
        return this.#match;
      case RTCLR:
        return this.#load;
      case RTCCR:
        // It runs from the start; writes to RTCCR have no effect once it does.
        return 1;
      case RTCIMSC:
        return this.#imsc;
      case RTCRIS:
        return this.#ris;
      case RTCMIS:
        return this.#ris & this.#imsc;
    }
    return offset >= PRIMECELL_ID ? primeCellId(ID_BYTES, offset) : 0;
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / NS_PER_SECOND);
  }

  #counter(): number {
    return (this.#offset + this.#seconds()) >>> 0;
  }

  #setAlarm(): void {
    const ahead = (this.#match - this.#counter()) >>> 0;
    if (ahead === 0) {
      this.#clock.cancel(this);
      this.#ris = 1;
    } else {
      this.#clock.schedule(this, (this.#seconds() + ahead) * NS_PER_SECOND);
    }
  }

  #update(): void {
    this.#interrupt((this.#ris & this.#imsc) !== 0);
  }
}
