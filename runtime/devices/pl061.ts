/** PrimeCell General Purpose Input/Output PL061 (ARM DDI 0190): eight pins. */
import type { AccessWidth, Device, InterruptLine } from './device.js';
import { narrow, PRIMECELL_ID, primeCellId } from './registers.js';

/** 0x000 to 0x3fc: address bits [9:2] are the mask of the pins that the access means. */
const GPIODATA_END = 0x400;
const GPIODIR = 0x400;
const GPIOIS = 0x404;
const GPIOIBE = 0x408;
const GPIOIEV = 0x40c;
const GPIOIE = 0x410;
const GPIORIS = 0x414;
const GPIOMIS = 0x418;
const GPIOIC = 0x41c;
const GPIOAFSEL = 0x420;
const ID_BYTES = [0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** The pin that the device tree calls the power button, as on QEMU's `virt`. */
export const POWER_BUTTON_PIN = 3;

export class Pl061 implements Device {
  readonly name: string;
  readonly size = 0x1000;
  /** Called when software drives a pin (0 to 7) high that was not. */
  onHigh: (pin: number) => void = () => {};
  readonly #interrupt: InterruptLine;
  /** Levels driven from outside. */
  #inputs = 0;
  /** Output register. */
  #outputs = 0;
  #direction = 0;
  #levelSense = 0;
  #bothEdges = 0;
  #event = 0;
  #enable = 0;
  #edgeSeen = 0;
  #alternate = 0;
  /** Levels of the pins when last looked at. */
  #pins = 0;
  /** Pins that software drives high. */
  #high = 0;

  /** @param interrupt GPIOINTR. */
  constructor(interrupt: InterruptLine, name = 'pl061') {
    this.#interrupt = interrupt;
    this.name = name;
  }

  reset(): void {
    this.#outputs = 0;
    this.#direction = 0;
    this.#levelSense = 0;
    this.#bothEdges = 0;
    this.#event = 0;
    this.#enable = 0;
    this.#alternate = 0;
    this.#pins = this.#inputs;
    this.#high = 0;
    this.#edgeSeen = 0;
    this.#update();
  }

  /** Drives a pin (0 to 7) from outside. */
  setInput(pin: number, level: boolean): void {
    if (level) this.#inputs |= 1 << pin;
    else this.#inputs &= ~(1 << pin);
    this.#update();
  }

  /** Level of a pin (0 to 7), whoever drives it. */
  level(pin: number): boolean {
    return ((this.#pins >>> pin) & 1) !== 0;
  }

  read(offset: number, width: AccessWidth): number {
    return narrow(this.#readRegister(offset & ~3), offset, width);
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    if ((offset & 3) !== 0) return;
    value &= 0xff;
    if (offset < GPIODATA_END) {
      const mask = (offset >>> 2) & this.#direction;
      this.#outputs = (this.#outputs & ~mask) | (value & mask);
    } else {
      this.#writeRegister(offset, value);
    }
    this.#update();
  }

  #readRegister(offset: number): number {
    if (offset < GPIODATA_END) return this.#pins & (offset >>> 2);
    switch (offset) {
      case GPIODIR:
        return this.#direction;
      case GPIOIS:
        return this.#levelSense;
      case GPIOIBE:
        return this.#bothEdges;
      case GPIOIEV:
        return this.#event;
      case GPIOIE:
        return this.#enable;
      case GPIORIS:
        return this.#raw();
      case GPIOMIS:
        return this.#raw() & this.#enable;
      case GPIOAFSEL:
        return this.#alternate;
    }
    return offset >= PRIMECELL_ID ? primeCellId(ID_BYTES, offset) : 0;
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case GPIODIR:
        this.#direction = value;
        break;
      case GPIOIS:
        this.#levelSense = value;
        break;
      case GPIOIBE:
        this.#bothEdges = value;
        break;
      case GPIOIEV:
        this.#event = value;
        break;
      case GPIOIE:
        this.#enable = value;
        break;
      case GPIOIC:
        this.#edgeSeen &= ~value;
        break;
      case GPIOAFSEL:
        this.#alternate = value;
        break;
    }
  }

  /** Raw interrupt status: edges seen, and levels as they are now (ARM DDI 0190, GPIORIS). */
  #raw(): number {
    const level = ~(this.#pins ^ this.#event) & this.#levelSense;
    return (level | (this.#edgeSeen & ~this.#levelSense)) & ~this.#direction & 0xff;
  }

  #update(): void {
    const pins = (this.#inputs & ~this.#direction) | (this.#outputs & this.#direction);
    const changed = (pins ^ this.#pins) & ~this.#direction & ~this.#levelSense;
    this.#pins = pins & 0xff;
    this.#edgeSeen |= changed & (this.#bothEdges | ~(pins ^ this.#event)) & 0xff;
    this.#interrupt((this.#raw() & this.#enable) !== 0);
    const high = this.#outputs & this.#direction;
    const rising = high & ~this.#high;
    this.#high = high;
    for (let pin = 0; rising >>> pin !== 0; pin++) if ((rising >>> pin) & 1) this.onHigh(pin);
  }
}
