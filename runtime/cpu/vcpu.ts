import { CPU, PSR } from '../../jit/abi/cpu-state.js';
import { VcpuOffset } from '../../jit/abi/vcpu-layout.js';
import type { Bus } from '../bus.js';
import type { Clock } from '../clock.js';
import { GenericTimer, type GenericTimerLines } from '../devices/generic-timer.js';
import type { CodeCache } from '../interpreter/code-cache.js';
import { Interpreter } from '../interpreter/interpreter.js';
import { InterpretedSimd } from '../interpreter/simd/simd.js';
import { InterpretedVfp } from '../interpreter/vfp.js';
import { AddressTranslation } from '../mmu/address-translation.js';
import type { CodePages } from '../mmu/code-pages.js';
import { DataAccess } from '../mmu/data-access.js';
import type { ExclusiveMonitors } from '../mmu/exclusive-monitors.js';
import { JumpCache } from '../mmu/jump-cache.js';
import { SoftwareTlb } from '../mmu/tlb.js';
import { RegionCache } from '../translation/region-cache.js';
import type { Translations } from '../translation/translations.js';
import { Exceptions } from './exceptions.js';
import type { CpuFeatures } from './features.js';
import { resetCpu } from './reset.js';
import { CpuState } from './state.js';
import { SystemInstructions } from './system-ops.js';

export interface VcpuParts {
  readonly memory: WebAssembly.Memory;
  /** Offset in linear memory of VCPU_BYTES for this vCPU, a multiple of VCPU_ALIGNMENT. */
  readonly base: number;
  readonly index: number;
  readonly features: CpuFeatures;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly codePages: CodePages;
  readonly monitors: ExclusiveMonitors;
  readonly code: CodeCache;
  /** TLBs of all vCPUs; the new one is added. */
  readonly tlbs: SoftwareTlb[];
  readonly timerLines: GenericTimerLines;
  /** Absent: everything is interpreted. */
  readonly translations?: Translations;
}

/** One virtual CPU: its registers and everything that gives them meaning. */
export class Vcpu {
  readonly index: number;
  readonly state: CpuState;
  readonly tlb: SoftwareTlb;
  readonly exceptions: Exceptions;
  readonly #jumpCache: JumpCache;
  readonly #regionCache: RegionCache;
  readonly interpreter: Interpreter;
  readonly timer: GenericTimer;
  readonly system: SystemInstructions;
  readonly features: CpuFeatures;
  /** Not started yet, or switched off by PSCI. */
  poweredOff = false;
  /** In WFI. */
  #waiting = false;

  constructor(parts: VcpuParts) {
    this.index = parts.index;
    this.features = parts.features;
    this.state = new CpuState(parts.memory, parts.base, parts.index);
    this.exceptions = new Exceptions(this.state, parts.features);
    this.#jumpCache = new JumpCache(this.state);
    this.#regionCache = new RegionCache(this.state);
    this.timer = new GenericTimer(parts.clock, parts.timerLines);
    this.tlb = new SoftwareTlb({
      state: this.state,
      bus: parts.bus,
      codePages: parts.codePages,
      monitors: parts.monitors,
      dataOffset: parts.base + VcpuOffset.TLB,
      aborts: this.exceptions,
      jumpCache: this.#jumpCache,
      peers: parts.tlbs,
    });
    const data = new DataAccess(this.tlb, this.exceptions);
    this.system = new SystemInstructions({
      state: this.state,
      exceptions: this.exceptions,
      features: parts.features,
      tlb: this.tlb,
      addressTranslation: new AddressTranslation(this.tlb),
      timer: this.timer,
      cycles: () => this.#retired + this.interpreter.executed,
    });
    this.interpreter = new Interpreter({
      state: this.state,
      tlb: this.tlb,
      data,
      exceptions: this.exceptions,
      code: parts.code,
      sys: this.system,
      vfp: new InterpretedVfp(this.state, () => this.exceptions.fpUndefined(false)),
      simd: new InterpretedSimd(this.state, () => this.exceptions.fpUndefined(true)),
      ...(parts.translations && {
        translations: parts.translations,
        regionCache: this.#regionCache,
        jumpCache: this.#jumpCache,
      }),
    });
    this.exceptions.control = this.interpreter;
    this.tlb.onPeerChange = () => this.interpreter.translationChanged();
  }

  /** Forgets where translated code goes on: it looks again. */
  emptyJumpCaches(): void {
    this.#jumpCache.clear();
    this.#regionCache.clear();
  }

  /** Instructions retired by this vCPU since it was made. */
  #retired = 0;

  get retired(): number {
    return this.#retired;
  }

  /** Puts the vCPU into its reset state, about to execute at `entry` (bit 0 clear) in the given instruction set. */
  reset(entry: number, thumb = false): void {
    resetCpu(this.state, this.features);
    this.exceptions.publishLines();
    this.tlb.flush();
    this.timer.reset();
    this.#waiting = false;
    const cpsr = this.state.get(CPU.CPSR);
    this.state.set(CPU.CPSR, thumb ? cpsr | PSR.T : cpsr & ~PSR.T);
    this.interpreter.translationChanged();
    this.interpreter.fpAccessChanged();
    this.interpreter.jump(entry);
  }

  /** Powered and not asleep in WFI, or about to wake. */
  runnable(): boolean {
    if (this.poweredOff) return false;
    if (this.#waiting && this.exceptions.wakeUp) this.#waiting = false;
    return !this.#waiting;
  }

  /** Executes up to `slice` instructions. @returns how many it did */
  run(slice: number): number {
    this.interpreter.checkInterrupts();
    const executed = this.interpreter.run(slice);
    this.tlb.monitors.suspend(this.index);
    this.#waiting = this.interpreter.waiting;
    this.#retired += executed;
    return executed;
  }
}
