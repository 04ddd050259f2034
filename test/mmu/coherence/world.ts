import { CPU, Mode, TLB_OPERATION_BROADCAST } from '../../../jit/abi/cpu-state.js';
import { HCR, SCTLR } from '../../../jit/abi/registers.js';
import { Regime } from '../../../runtime/mmu/regime.js';
import { Access } from '../../../runtime/mmu/translation.js';
import { Walker } from '../../../runtime/mmu/walker.js';
import { Random } from '../../conformance/random.js';
import { type Abort, MmuMachine, RAM, type TestCpu } from '../mmu-machine.js';
import {
  IPA,
  LongTables,
  PA,
  type Piece,
  ShortTables,
  type Stage1Tables,
  Stage2Tables,
  WINDOW,
  WINDOW_PAGES,
} from './tables.js';

const CPUS = 2;
const VMS = 2;
const ASIDS = 2;
const TABLES = RAM + 0x10_0000;
const TABLE_BYTES = 0x1_0000;
/** Pages of the window that accesses go to: neighbours, edges of large pages and sections, and some far from them. */
const PAGES = [0, 1, 2, 3, 14, 15, 16, 17, 31, 32, 100, 255, 256, 257, 271, 300, 511];
const HCR_VALUES = [
  HCR.VM,
  HCR.VM,
  HCR.VM,
  0,
  HCR.VM | HCR.PTW,
  HCR.DC,
  HCR.DC | HCR.VM,
  HCR.TGE,
  HCR.TGE | HCR.VM,
];
const SCTLR_VALUES = [SCTLR.M, SCTLR.M, SCTLR.M, 0, SCTLR.M | SCTLR.WXN, SCTLR.M | SCTLR.UWXN];
const CLIENTS = 0x5555_5555;
const MANAGERS = -1;

/** What a vCPU runs: the registers that its translations depend on. */
interface Context {
  readonly vm: number;
  readonly asid: number;
  readonly mode: number;
  readonly hcr: number;
  readonly sctlr: number;
  readonly dacr: number;
}

const AT_START: Context = { vm: 0, asid: 0, mode: Mode.SVC, hcr: HCR.VM, sctlr: SCTLR.M, dacr: CLIENTS };

/**
 * Two vCPUs, two VMs of two ASIDs each, and a hypervisor that all change their tables and contexts at random. Mappings are changed as
 * software has to (ARM DDI 0406C B3.10.1): invalid first, then one operation that reaches the old one and no more, by all vCPUs or
 * broadcast, then the new one. So every access has to go where a fresh walk of the tables says.
 */
export class World {
  /** What was done, the last thing last. */
  readonly log: string[] = [];
  readonly #machine = new MmuMachine(CPUS);
  readonly #random: Random;
  readonly #walker = new Walker(this.#machine.bus, this.#machine.memory);
  readonly #regime = new Regime();
  /** By VM and ASID. */
  readonly #stage1: Stage1Tables[][];
  readonly #stage2: Stage2Tables[];
  readonly #hyp: LongTables;
  /** What is mapped, by page of the window: by VM and ASID, and in Hyp mode. */
  readonly #pieces: (Piece | undefined)[][][];
  readonly #hypPieces: (Piece | undefined)[] = new Array(WINDOW_PAGES).fill(undefined);
  readonly #contexts: Context[] = [];

  constructor(long: boolean, seed: number) {
    const machine = this.#machine;
    this.#random = new Random(seed);
    for (let page = 0; page < 2048; page++) machine.write(IPA + page * 4096, mark(IPA + page * 4096));
    let next = TABLES;
    const room = () => {
      next += TABLE_BYTES;
      return next - TABLE_BYTES;
    };
    const eachVm = <T>(make: (vm: number) => T) => Array.from({ length: VMS }, (_, vm) => make(vm));
    const eachAsid = <T>(make: () => T) => Array.from({ length: ASIDS }, make);
    this.#stage1 = eachVm(() =>
      eachAsid(() => (long ? new LongTables(machine, room(), IPA) : new ShortTables(machine, room()))),
    );
    this.#stage2 = eachVm(() => new Stage2Tables(machine, room()));
    this.#hyp = new LongTables(machine, room(), PA);
    this.#pieces = eachVm(() => eachAsid(() => new Array<Piece | undefined>(WINDOW_PAGES).fill(undefined)));
    for (const cpu of machine.cpus) this.#switchTo(cpu, AT_START);
  }

  /** Does one thing at random. @returns what was wrong with it, undefined when nothing */
  step(): string | undefined {
    const what = this.#random.below(32);
    if (what <= 1) this.#changeContext();
    else if (what <= 4) this.#changeStage1();
    else if (what === 5) this.#changeStage2();
    else if (what === 6) this.#changeHyp();
    else return this.#access();
    return undefined;
  }

  /** Changes one register mostly: what is known of the context before must not be taken for that of the next. */
  #changeContext(): void {
    const random = this.#random;
    const cpu = random.pick(this.#machine.cpus);
    const all: Context = {
      vm: random.below(VMS),
      asid: random.below(ASIDS),
      mode: random.pick([Mode.SVC, Mode.SVC, Mode.USR, Mode.HYP]),
      hcr: random.pick(HCR_VALUES),
      sctlr: random.pick(SCTLR_VALUES),
      dacr: random.pick([CLIENTS, CLIENTS, MANAGERS]),
    };
    const one = random.pick(Object.keys(all) as (keyof Context)[]);
    const before = this.#contexts[cpu.state.index];
    this.#switchTo(cpu, random.chance(0.25) ? all : { ...before, [one]: all[one] });
  }

  #switchTo(cpu: TestCpu, context: Context): void {
    const { state } = cpu;
    state.set(CPU.VTCR, 1 << 6);
    state.set(CPU.VTTBR, this.#stage2[context.vm].base);
    state.set(CPU.VTTBR + 4, (context.vm + 1) << 16);
    state.set(CPU.HTTBR, this.#hyp.base);
    state.set(CPU.HSCTLR, SCTLR.M);
    state.set(CPU.HMAIR0, -1);
    state.set(CPU.PRRR, -1);
    state.set(CPU.NMRR, -1);
    this.#stage1[context.vm][context.asid].use(state, context.asid + 1);
    state.set(CPU.DACR, context.dacr);
    state.set(CPU.HCR, context.hcr);
    state.set(CPU.SCTLR, context.sctlr);
    state.set(CPU.CPSR, context.mode);
    cpu.tlb.contextChanged();
    this.#contexts[state.index] = context;
    this.log.push(`cpu ${state.index}: ${JSON.stringify(context)}`);
  }

  /** Carries `operation` out: broadcast by one vCPU, or by each for itself. */
  #invalidate(operation: (cpu: TestCpu, broadcast: boolean) => void): void {
    const { cpus } = this.#machine;
    if (this.#random.chance(0.5)) operation(this.#random.pick(cpus), true);
    else for (const cpu of cpus) operation(cpu, false);
  }

  /** The same for operations that go by VTTBR.VMID: from PL1 of the VM, or by the hypervisor, with stage 2 on or off. */
  #invalidateInVm(vm: number, operation: (cpu: TestCpu, broadcast: boolean) => void): void {
    const random = this.#random;
    this.#invalidate((cpu, broadcast) => {
      const before = this.#contexts[cpu.state.index];
      const from = random.pick([
        { mode: Mode.SVC, hcr: HCR.VM },
        { mode: Mode.HYP, hcr: HCR.VM },
        { mode: Mode.HYP, hcr: 0 },
      ]);
      this.#switchTo(cpu, { ...before, ...from, vm, asid: random.below(ASIDS) });
      operation(cpu, broadcast);
      this.#switchTo(cpu, before);
    });
  }

  #randomPiece(sizes: readonly number[], notGlobal: boolean): Piece {
    const random = this.#random;
    const pages = random.pick(sizes);
    return {
      first: random.pick(PAGES) & -pages,
      pages,
      output: random.below(2 * WINDOW_PAGES),
      notGlobal,
      readOnly: random.chance(0.5),
      user: random.chance(0.5),
      executeNever: random.chance(0.25),
    };
  }

  #changeStage1(): void {
    const random = this.#random;
    const vm = random.below(VMS);
    const asid = random.below(ASIDS);
    const notGlobal = random.chance(0.5);
    const piece = this.#randomPiece(this.#stage1[vm][asid].sizes, notGlobal);
    // Global mappings are the same in the tables of all ASIDs.
    const asids = notGlobal ? [asid] : [0, 1];
    for (const each of asids) {
      for (let page = piece.first; page < piece.first + piece.pages; page++) {
        const old = this.#pieces[vm][each][page];
        if (old !== undefined) this.#unmap(vm, each, old);
      }
    }
    if (random.chance(0.1)) return;
    for (const each of asids) {
      this.#stage1[vm][each].map(piece);
      this.#pieces[vm][each].fill(piece, piece.first, piece.first + piece.pages);
    }
    this.log.push(`vm ${vm} asids ${asids}: map ${JSON.stringify(piece)}`);
  }

  #unmap(vm: number, asid: number, old: Piece): void {
    const random = this.#random;
    for (const each of old.notGlobal ? [asid] : [0, 1]) {
      this.#stage1[vm][each].unmap(old);
      this.#pieces[vm][each].fill(undefined, old.first, old.first + old.pages);
    }
    const va = (WINDOW + (old.first + random.below(old.pages)) * 4096) | 0;
    const mva = va | (asid + 1);
    const how = random.pick([
      'TLBIALL',
      old.notGlobal ? 'TLBIASID' : 'TLBIMVA',
      'TLBIMVA',
      'TLBIMVAA',
      'TLBIALLNSNH',
      'collected',
    ]);
    this.log.push(`vm ${vm} asid ${asid}: unmap ${JSON.stringify(old)}, ${how} 0x${va.toString(16)}`);
    this.#invalidateInVm(vm, ({ tlb, state }, broadcast) => {
      if (how === 'TLBIALL') tlb.invalidateAll(broadcast);
      else if (how === 'TLBIASID') tlb.invalidateAsid(asid + 1, broadcast);
      else if (how === 'TLBIMVA') tlb.invalidateAddress(mva, broadcast);
      else if (how === 'TLBIMVAA') tlb.invalidateAddressAllAsids(va, broadcast);
      else if (how === 'TLBIALLNSNH') tlb.invalidateNonSecureNonHyp(broadcast);
      else {
        // What translated code leaves for its DSB.
        state.set(CPU.TLB_OPERATIONS, mva | (broadcast ? TLB_OPERATION_BROADCAST : 0));
        state.set(CPU.TLB_OPERATION_COUNT, 1);
        tlb.completeOperations();
      }
    });
  }

  #changeStage2(): void {
    const random = this.#random;
    const vm = random.below(VMS);
    const tables = this.#stage2[vm];
    const region = random.below(Stage2Tables.REGIONS);
    const page = random.pick(PAGES);
    const toBlock = random.chance(1 / 3);
    const whole = toBlock || !tables.hasPages(region);
    if (whole) tables.unmapRegion(region);
    else tables.unmapPage(region, page);
    this.#invalidateInVm(vm, ({ tlb }, broadcast) => {
      if (random.chance(0.5)) tlb.invalidateAll(broadcast);
      else tlb.invalidateNonSecureNonHyp(broadcast);
    });
    this.log.push(`vm ${vm} stage 2: region ${region} ${whole ? `all, block ${toBlock}` : `page ${page}`}`);
    const hap = () => (random.chance(0.8) ? 3 : 1 + random.below(2));
    const output = () => random.below(4 * WINDOW_PAGES);
    if (toBlock) {
      if (random.chance(0.75)) tables.mapBlock(region, output(), hap());
    } else if (whole) {
      for (let each = 0; each < WINDOW_PAGES; each++) {
        if (random.chance(0.8)) tables.mapPage(region, each, output(), hap(), random.chance(0.1));
        else tables.unmapPage(region, each);
      }
      tables.usePages(region);
    } else if (random.chance(0.75)) {
      tables.mapPage(region, page, output(), hap(), random.chance(0.1));
    }
  }

  #changeHyp(): void {
    const random = this.#random;
    const piece = this.#randomPiece(this.#hyp.sizes, false);
    for (let page = piece.first; page < piece.first + piece.pages; page++) {
      const old = this.#hypPieces[page];
      if (old === undefined) continue;
      this.#hyp.unmap(old);
      this.#hypPieces.fill(undefined, old.first, old.first + old.pages);
      const va = (WINDOW + (old.first + random.below(old.pages)) * 4096) | 0;
      const all = random.chance(0.3);
      this.log.push(`hyp: unmap ${JSON.stringify(old)}, ${all ? 'TLBIALLH' : 'TLBIMVAH'}`);
      this.#invalidateInVm(0, ({ tlb }, broadcast) => {
        if (all) tlb.invalidateHyp(broadcast);
        else tlb.invalidateHypAddress(va, broadcast);
      });
    }
    if (random.chance(0.2)) return;
    // AP[1] is 1 in Hyp mode's tables.
    this.#hyp.map({ ...piece, user: true });
    this.#hypPieces.fill(piece, piece.first, piece.first + piece.pages);
    this.log.push(`hyp: map ${JSON.stringify(piece)}`);
  }

  #access(): string | undefined {
    const cpu = this.#random.pick(this.#machine.cpus);
    const va = (WINDOW + this.#random.pick(PAGES) * 4096) | 0;
    const access = this.#random.pick([Access.READ, Access.WRITE, Access.EXECUTE]);
    const wrong = this.#wrongAccess(cpu, va, access);
    return wrong && `cpu ${cpu.state.index}, va 0x${va.toString(16)}, access ${access}: ${wrong}`;
  }

  #wrongAccess(cpu: TestCpu, va: number, access: number): string | undefined {
    const machine = this.#machine;
    const { mode } = this.#contexts[cpu.state.index];
    const regime = this.#regime;
    if (mode === Mode.HYP) regime.loadHyp(cpu.state);
    else regime.loadPL10(cpu.state, false);
    const { result, fault } = this.#walker;
    const translated = this.#walker.walk(regime, va, access, mode !== Mode.USR, false);
    const written = this.#random.word();
    let read = 0;
    const abort = cpu.aborts(() => {
      if (access === Access.READ) read = cpu.load(va);
      else if (access === Access.WRITE) cpu.store(va, written);
      else read = machine.view.getInt32(cpu.tlb.fetch(va), true);
    });
    if (!translated) {
      const expected = {
        stage2: fault.stage2,
        onWalk: fault.onWalk,
        ipa: fault.ipa,
        status: fault.longStatus,
      };
      return abort === undefined || !isSame(abort, expected)
        ? `abort ${JSON.stringify(abort)} in place of ${fault} ${JSON.stringify(expected)}`
        : undefined;
    }
    const { pa } = result;
    if (machine.bus.ramAt(pa, result.secure) === undefined)
      return abort === undefined ? 'no external abort' : undefined;
    if (abort !== undefined) return `abort ${JSON.stringify(abort)} in place of 0x${pa.toString(16)}`;
    if (access === Access.WRITE) read = written;
    const there = machine.read(pa);
    if (access === Access.WRITE) machine.write(pa, mark(pa));
    return there === read ? undefined : `0x${pa.toString(16)} has ${there}, not ${read}`;
  }
}

/** What the word at the start of a page holds while it is not written to: different for every page. */
function mark(pa: number): number {
  return 0x1_0000 + Math.floor((pa - IPA) / 4096);
}

function isSame(
  abort: Abort,
  expected: { stage2: boolean; onWalk: boolean; ipa: number; status: number },
): boolean {
  return (
    abort.stage2 === expected.stage2 &&
    abort.onWalk === expected.onWalk &&
    abort.ipa === expected.ipa &&
    (abort.long & 0x3f) === expected.status
  );
}
