/** One of the two machines that run a program: made once, put back for each program. */
import { CPU, CPU_STATE_BYTES } from '../../../jit/abi/cpu-state.js';
import { SECURE_RAM_BASE } from '../../../runtime/board/memory-map.js';
import { VirtBoard } from '../../../runtime/board/virt.js';
import { VirtualClock } from '../../../runtime/clock.js';
import type { Vcpu } from '../../../runtime/cpu/vcpu.js';
import { CfiFlash, FLASH_BLOCK_SIZE } from '../../../runtime/devices/cfi-flash.js';
import { ExitStatistics } from '../../../runtime/translation/exit-statistics.js';
import { BOARDS, type BoardName } from './boards.js';
import { WINDOW_BYTES } from './layout.js';
import type { Event, Program } from './program.js';

/** Branches to an address before it is translated. */
const THRESHOLD = 1;
/** Bytes of Secure RAM that programs find empty: what they reach by intention. */
const SECURE_RAM_CLEARED = 0x1000;
/** Turns of a vCPU in one slice that retires nothing. */
const MOST_TURNS = 64;

/** FNV-1a over words, for what two machines have to do alike. */
class Digest {
  #hash = 0x811c_9dc5;

  add(word: number): void {
    this.#hash = Math.imul(this.#hash ^ (word & 0xffff), 0x0100_0193);
    this.#hash = Math.imul(this.#hash ^ (word >>> 16), 0x0100_0193);
  }

  get value(): number {
    return this.#hash;
  }
}

export class FuzzMachine {
  readonly board: VirtBoard;
  readonly vcpu: Vcpu;
  /** The window of RAM in which the program lies. */
  readonly ram: Buffer;
  /** Exits of translated code by cause. */
  readonly exits = new ExitStatistics();
  /** All that was sent by the serial port, and all device accesses, in the program so far. */
  accesses = new Digest();
  accessCount = 0;
  /** What the guest asked for by PSCI: the round is over. */
  power: 'off' | 'reset' | undefined;
  retired = 0;
  /** What the vCPU had retired when the program began. */
  cyclesBefore = 0;
  /** The same. */
  readonly #window: Uint32Array;
  readonly #clock: VirtualClock;
  /** The state at the start of a round. */
  readonly #start = Buffer.alloc(CPU_STATE_BYTES);
  readonly #registers: Buffer;
  /** The clock's time at the start of the program. */
  #origin = 0;
  #running = false;
  readonly #secureRam: Uint8Array | undefined;
  /** Blocks of flash that the program may have changed. */
  readonly #changed = new Set<Uint8Array>();

  constructor(name: BoardName, translate: boolean) {
    const { features, memoryBytes, window } = BOARDS[name];
    this.board = new VirtBoard({
      features,
      memoryBytes,
      clock: 'virtual',
      ...(translate && { translationMode: 'synchronous', translationThreshold: THRESHOLD }),
      transmit: (byte) => this.accesses.add(0x100 | byte),
    });
    const { board } = this;
    this.vcpu = board.vcpus[0]!;
    if (!(board.clock instanceof VirtualClock)) throw new Error('a virtual clock was asked for');
    this.#clock = board.clock;
    // Every program's time begins at 0.
    this.#clock.executed = () => (this.#running ? this.vcpu.interpreter.executed : 0) - this.#origin;
    this.#clock.onSchedule = () => {
      if (this.#running) this.vcpu.interpreter.stop();
    };
    board.onPower = (request) => {
      this.power = request;
      this.vcpu.interpreter.stop();
    };
    board.bus.trace = (device, offset, width, value, write) => {
      if (write && device instanceof CfiFlash)
        this.#changed.add(
          device.bytes.subarray(offset & -FLASH_BLOCK_SIZE, (offset & -FLASH_BLOCK_SIZE) + FLASH_BLOCK_SIZE),
        );
      this.accessCount++;
      this.accesses.add(offset ^ (device.size << 3) ^ width ^ (write ? 0x8000_0000 : 0));
      this.accesses.add(value);
      this.accesses.add(this.vcpu.interpreter.executed);
    };
    const linear = board.bus.linearOffset(window);
    this.ram = Buffer.from(board.memory.buffer, linear, WINDOW_BYTES);
    this.#window = new Uint32Array(board.memory.buffer, linear, WINDOW_BYTES >>> 2);
    const secure = board.bus.linearOffset(SECURE_RAM_BASE);
    if (secure >= 0) this.#secureRam = new Uint8Array(board.memory.buffer, secure, SECURE_RAM_CLEARED);
    this.#registers = Buffer.from(board.memory.buffer, this.vcpu.state.base, CPU_STATE_BYTES);
  }

  /** Time since the program began, in ns: instructions retired, and time skipped asleep. */
  get now(): number {
    return this.#clock.now();
  }

  /** Puts the machine into the state in which the program begins. */
  load(program: Program): void {
    const { board, vcpu } = this;
    this.#origin += this.#clock.now();
    this.accesses = new Digest();
    this.accessCount = 0;
    this.retired = 0;
    if (this.#changed.size > 0) {
      // Buffered programs end in the block that they began in.
      board.reset(0, false);
      for (const block of this.#changed) block.fill(0);
      this.#changed.clear();
    }
    this.#window.set(program.memory);
    this.#secureRam?.fill(0);
    vcpu.exceptions.irqLine(false);
    vcpu.exceptions.fiqLine(false);
    vcpu.exceptions.taken.fill(0);
    board.reset(0, false);
    const { state } = vcpu;
    for (const [name, words] of Object.entries(program.registers)) {
      words.forEach((word, index) => {
        state.set(CPU[name as keyof typeof CPU] + 4 * index, word);
      });
    }
    state.cpsr = program.cpsr;
    // The cycle counter begins at 0.
    this.cyclesBefore = vcpu.retired;
    state.set(CPU.PMCCNTR_BASE, vcpu.retired);
    state.set(CPU.PMCCNTR_BASE + 4, Math.floor(vcpu.retired / 2 ** 32));
    this.#registers.copy(this.#start);
    vcpu.interpreter.exits = program.countExits && board.translations ? this.exits : undefined;
  }

  /** Registers as at the program's start, at one of its entries. Memory, devices and code stay. */
  beginRound(entry: number): void {
    const { state, interpreter, exceptions } = this.vcpu;
    this.power = undefined;
    this.vcpu.poweredOff = false;
    this.#start.copy(this.#registers);
    exceptions.publishLines();
    const { cpsr } = state;
    state.cpsr = (entry & 1) !== 0 ? cpsr | 0x20 : cpsr & ~0x20;
    interpreter.translationChanged();
    interpreter.fpAccessChanged();
    interpreter.jump(entry & ~1);
  }

  /** What comes from outside. */
  deliver({ kind }: Event): void {
    const { exceptions } = this.vcpu;
    if (kind === 'irq' || kind === 'fiq') {
      // Asserted for the time of one instruction.
      const line = kind === 'irq' ? exceptions.irqLine : exceptions.fiqLine;
      line(true);
      this.run(1);
      line(false);
    } else if (kind === 'power-button') this.board.pressPowerButton();
    else if (this.board.uart.canReceive()) this.board.uart.receive(0x5a);
  }

  /** Runs for so many instructions, as Machine does; fewer when the vCPU sleeps and nothing will wake it. */
  run(instructions: number): void {
    const { vcpu } = this;
    const clock = this.#clock;
    let left = instructions;
    for (let turns = 0; left > 0 && turns < MOST_TURNS && this.power === undefined; turns++) {
      clock.queue.run(clock.now());
      if (!vcpu.runnable()) {
        const { next } = clock.queue;
        if (vcpu.poweredOff || next === Number.POSITIVE_INFINITY) return;
        clock.advance(Math.max(0, next - clock.now()));
        continue;
      }
      this.#running = true;
      const executed = vcpu.run(Math.min(left, Math.max(1, clock.queue.next - clock.now())));
      this.#running = false;
      clock.advance(executed);
      left -= executed;
      this.retired += executed;
    }
    clock.queue.run(clock.now());
  }

  /** Translates what has become hot. */
  translate(): void {
    this.board.translations?.translateWaiting();
  }
}
