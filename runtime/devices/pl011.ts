/**
 * PrimeCell UART PL011 (ARM DDI 0183). Its identification is revision 1's, as QEMU's: FIFOs of 16 characters.
 *
 * The line is infinitely fast: a character written is sent at once, and the receive timeout expires at once.
 */
import type { AccessWidth, Device, InterruptLine } from './device.js';
import { narrow, PRIMECELL_ID, primeCellId } from './registers.js';

const UARTDR = 0x000;
/** Write: UARTECR. */
const UARTRSR = 0x004;
const UARTFR = 0x018;
const UARTILPR = 0x020;
const UARTIBRD = 0x024;
const UARTFBRD = 0x028;
const UARTLCR_H = 0x02c;
const UARTCR = 0x030;
const UARTIFLS = 0x034;
const UARTIMSC = 0x038;
const UARTRIS = 0x03c;
const UARTMIS = 0x040;
const UARTICR = 0x044;
const UARTDMACR = 0x048;
const ID_BYTES = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** UARTDR. */
const DR_BE = 1 << 10;
const DR_OE = 1 << 11;
/** UARTRSR: the bits of UARTDR from 8 up. */
const RSR_OE = 1 << 3;

/** UARTFR. */
const FR_CTS = 1 << 0;
const FR_DSR = 1 << 1;
const FR_DCD = 1 << 2;
const FR_RXFE = 1 << 4;
const FR_RXFF = 1 << 6;
const FR_TXFE = 1 << 7;
const FR_RI = 1 << 8;

/** UARTLCR_H. */
const LCR_BRK = 1 << 0;
const LCR_FEN = 1 << 4;

/** UARTCR. */
const CR_LBE = 1 << 7;
const CR_TXE = 1 << 8;
const CR_RXE = 1 << 9;
const CR_DTR = 1 << 10;
const CR_RTS = 1 << 11;
const CR_OUT1 = 1 << 12;
const CR_OUT2 = 1 << 13;
/** Bits 3 to 6 are reserved. */
const CR_MASK = 0xff87;

/** UARTIMSC, UARTRIS, UARTMIS, UARTICR. */
const INT_RI = 1 << 0;
const INT_CTS = 1 << 1;
const INT_DCD = 1 << 2;
const INT_DSR = 1 << 3;
const INT_RX = 1 << 4;
const INT_TX = 1 << 5;
const INT_RT = 1 << 6;
const INT_BE = 1 << 9;
const INT_OE = 1 << 10;
const INT_MASK = 0x7ff;

const FIFO_DEPTH = 16;
/** Characters in the receive FIFO that raise UARTRXINTR, by UARTIFLS.RXIFLSEL; the reserved ones as the highest. */
const RECEIVE_TRIGGER = [2, 4, 8, 12, 14, 14, 14, 14];
const IFLS_RESET = 0x12;

/** Reads of UARTFR that found the receive FIFO empty, with nothing sent or read between, from which it counts as waiting for input. */
const POLL_READS = 8;
/** So many of these with nothing received, and it counts as waiting for the host. */
const WAIT_READS = 256;

export interface Pl011Options {
  name?: string;
  /** Takes each character that the guest sends. */
  transmit: (byte: number) => void;
  /** UARTINTR. */
  interrupt: InterruptLine;
}

export class Pl011 implements Device {
  readonly name: string;
  readonly size = 0x1000;
  /** Called when `canReceive()` turns true: the host may go on with `receive`. */
  onReadable: () => void = () => {};
  /** Called now and then while software reads UARTFR in a loop and the FIFO stays empty. */
  onWaiting: () => void = () => {};

  readonly #transmit: (byte: number) => void;
  readonly #interrupt: InterruptLine;
  /** Characters with their error bits, as UARTDR gives them. */
  readonly #fifo = new Uint16Array(FIFO_DEPTH);
  #head = 0;
  #count = 0;
  /** A character was lost since the last one that found room. */
  #overrun = false;
  #rsr = 0;
  #ilpr = 0;
  #ibrd = 0;
  #fbrd = 0;
  #lcr = 0;
  #cr = CR_TXE | CR_RXE;
  #ifls = IFLS_RESET;
  #imsc = 0;
  #ris = 0;
  #dmacr = 0;
  /** Modem inputs, as UARTFR bits. Nothing is wired to them but the loopback. */
  #modem = 0;
  #idlePolls = 0;
  /** Reads of UARTFR that found the FIFO empty since the last call of {@link onWaiting}, or since something moved. */
  #emptyPolls = 0;
  #wasReadable = false;

  constructor(options: Pl011Options) {
    this.name = options.name ?? 'pl011';
    this.#transmit = options.transmit;
    this.#interrupt = options.interrupt;
  }

  reset(): void {
    this.#clearFifo();
    this.#overrun = false;
    this.#rsr = 0;
    this.#ilpr = 0;
    this.#ibrd = 0;
    this.#fbrd = 0;
    this.#lcr = 0;
    this.#cr = CR_TXE | CR_RXE;
    this.#ifls = IFLS_RESET;
    this.#imsc = 0;
    this.#ris = 0;
    this.#dmacr = 0;
    this.#modem = 0;
    this.#idlePolls = 0;
    this.#emptyPolls = 0;
    this.#wasReadable = false;
    this.#update();
  }

  /**
   * Whether a character given to `receive` now reaches the guest's software. Besides room in the FIFO this
   * asks that somebody listens: the receive interrupt is unmasked, or UARTFR is being polled. Drivers empty
   * the FIFO when they start, and what came before would be lost. UARTCR.UARTEN does not matter, as to QEMU.
   */
  canReceive(): boolean {
    return (
      (this.#cr & CR_LBE) === 0 && (this.#cr & CR_RXE) !== 0 && this.#count < this.#depth() && this.listening
    );
  }

  /** Whether somebody takes what is received: by interrupt, or polling. */
  get listening(): boolean {
    return (this.#imsc & (INT_RX | INT_RT)) !== 0 || this.polled;
  }

  /** The guest waits for a character by reading UARTFR in a loop: not so an interrupt handler that reads what there is. */
  get polled(): boolean {
    return this.#idlePolls >= POLL_READS;
  }

  /** A character arrives. Without room it is lost, and overrun is flagged (ARM DDI 0183, UARTRSR). */
  receive(byte: number): void {
    // In loopback the input pin is disconnected.
    if (this.#cr & CR_LBE) return;
    this.#put(byte & 0xff);
    this.#emptyPolls = 0;
    this.#update();
    this.#wasReadable = this.canReceive();
  }

  /** A break condition arrives: a zero character with BE set. */
  receiveBreak(): void {
    if (this.#cr & CR_LBE) return;
    this.#put(DR_BE);
    this.#update();
  }

  read(offset: number, width: AccessWidth): number {
    return narrow(this.#readRegister(offset & ~3), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    if ((offset & 3) === 0) this.#writeRegister(offset, value);
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case UARTDR:
        return this.#take();
      case UARTRSR:
        return this.#rsr;
      case UARTFR:
        return this.#readFlags();
      case UARTILPR:
        return this.#ilpr;
      case UARTIBRD:
        return this.#ibrd;
      case UARTFBRD:
        return this.#fbrd;
      case UARTLCR_H:
        return this.#lcr;
      case UARTCR:
        return this.#cr;
      case UARTIFLS:
        return this.#ifls;
      case UARTIMSC:
        return this.#imsc;
      case UARTRIS:
        return this.#ris;
      case UARTMIS:
        return this.#ris & this.#imsc;
      case UARTDMACR:
        return this.#dmacr;
    }
    return offset >= PRIMECELL_ID ? primeCellId(ID_BYTES, offset) : 0;
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case UARTDR:
        this.#send(value & 0xff);
        break;
      case UARTRSR:
        this.#rsr = 0;
        break;
      case UARTILPR:
        this.#ilpr = value & 0xff;
        break;
      case UARTIBRD:
        this.#ibrd = value & 0xffff;
        break;
      case UARTFBRD:
        this.#fbrd = value & 0x3f;
        break;
      case UARTLCR_H:
        this.#writeLineControl(value & 0xff);
        break;
      case UARTCR:
        this.#cr = value & CR_MASK;
        this.#updateModem();
        break;
      case UARTIFLS:
        this.#ifls = value & 0x3f;
        break;
      case UARTIMSC:
        this.#imsc = value & INT_MASK;
        this.#idlePolls = 0;
        break;
      case UARTICR:
        this.#ris &= ~value;
        break;
      case UARTDMACR:
        this.#dmacr = value & 7;
        break;
    }
    this.#update();
    this.#signalReadable();
  }

  /** Characters that the FIFO holds: without FEN it is a one-character holding register. */
  #depth(): number {
    return this.#lcr & LCR_FEN ? FIFO_DEPTH : 1;
  }

  #trigger(): number {
    return this.#lcr & LCR_FEN ? RECEIVE_TRIGGER[(this.#ifls >>> 3) & 7] : 1;
  }

  #clearFifo(): void {
    this.#head = 0;
    this.#count = 0;
  }

  #put(data: number): void {
    if (this.#count === this.#depth()) {
      this.#overrun = true;
      this.#rsr |= RSR_OE;
      this.#ris |= INT_OE;
      return;
    }
    if (data & DR_BE) this.#ris |= INT_BE;
    this.#overrun = false;
    this.#fifo[(this.#head + this.#count) % FIFO_DEPTH] = data;
    this.#count++;
    this.#ris |= INT_RT;
    if (this.#count >= this.#trigger()) this.#ris |= INT_RX;
  }

  #take(): number {
    const data = this.#fifo[this.#head] | (this.#overrun ? DR_OE : 0);
    if (this.#count > 0) {
      this.#idlePolls = 0;
      this.#head = (this.#head + 1) % FIFO_DEPTH;
      this.#count--;
      this.#rsr = data >>> 8;
      if (this.#count < this.#trigger()) this.#ris &= ~INT_RX;
      // What is left times out at once.
      if (this.#count === 0) this.#ris &= ~INT_RT;
      else this.#ris |= INT_RT;
    }
    this.#update();
    this.#signalReadable();
    return data;
  }

  #readFlags(): number {
    if (this.#count === 0) this.#notePoll();
    let flags = this.#modem | FR_TXFE;
    if (this.#count === 0) flags |= FR_RXFE;
    if (this.#count === this.#depth()) flags |= FR_RXFF;
    return flags;
  }

  #notePoll(): void {
    if (this.#idlePolls < POLL_READS) {
      this.#idlePolls++;
      this.#signalReadable();
    } else if (++this.#emptyPolls === WAIT_READS) {
      this.#emptyPolls = 0;
      this.onWaiting();
    }
  }

  #send(byte: number): void {
    this.#idlePolls = 0;
    this.#emptyPolls = 0;
    this.#wasReadable = false;
    // A disabled UART sends too: QEMU does so, and Linux's early console counts on it.
    if (this.#cr & CR_LBE) this.#put(byte);
    else this.#transmit(byte);
    // The FIFO passes its trigger level on the way back to empty.
    this.#ris |= INT_TX;
  }

  #writeLineControl(value: number): void {
    const changed = this.#lcr ^ value;
    if (changed & LCR_FEN) {
      this.#clearFifo();
      this.#ris &= ~(INT_RX | INT_RT);
    }
    this.#lcr = value;
    if (changed & value & LCR_BRK && this.#cr & CR_LBE) this.#put(DR_BE);
  }

  /** In loopback the modem outputs come back as inputs (ARM DDI 0183, UARTCR.LBE). */
  #updateModem(): void {
    let modem = 0;
    if (this.#cr & CR_LBE) {
      if (this.#cr & CR_OUT2) modem |= FR_RI;
      if (this.#cr & CR_OUT1) modem |= FR_DCD;
      if (this.#cr & CR_RTS) modem |= FR_CTS;
      if (this.#cr & CR_DTR) modem |= FR_DSR;
    }
    const changed = this.#modem ^ modem;
    this.#modem = modem;
    if (changed & FR_RI) this.#ris |= INT_RI;
    if (changed & FR_DCD) this.#ris |= INT_DCD;
    if (changed & FR_CTS) this.#ris |= INT_CTS;
    if (changed & FR_DSR) this.#ris |= INT_DSR;
  }

  #update(): void {
    this.#interrupt((this.#ris & this.#imsc) !== 0);
  }

  #signalReadable(): void {
    const readable = this.canReceive();
    if (readable && !this.#wasReadable) {
      this.#wasReadable = true;
      this.onReadable();
    } else {
      this.#wasReadable = readable;
    }
  }
}
