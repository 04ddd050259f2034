import { CPU, Mode, PSR, TLB_OPERATION_BROADCAST } from '../../jit/abi/cpu-state.js';
import { HCR, SCR, SCTLR, TTBCR } from '../../jit/abi/registers.js';
import {
  PAGE_MASK,
  TLB_BYTES,
  TLB_ENTRIES,
  TLB_EXECUTABLE,
  TLB_MIXES,
  TLB_NOT_GLOBAL,
  tlbIndex,
  tlbIndexMix,
} from '../../jit/abi/tlb.js';
import type { Bus } from '../bus.js';
import { forgetModes } from '../cpu/mode-table.js';
import type { CpuState } from '../cpu/state.js';
import type { CodePages, WriteTags } from './code-pages.js';
import { ContextKind, Contexts, EVERY_ASID } from './contexts.js';
import type { ExclusiveMonitors } from './exclusive-monitors.js';
import type { AbortTarget } from './fault.js';
import type { JumpCache } from './jump-cache.js';
import { GROUP_BYTES, GROUP_LOG2, LargeMappings } from './large-mappings.js';
import { MAPPINGS, MappingCache, MappingFlag, mappingIndex } from './mapping-cache.js';
import { PrivatePages } from './private-pages.js';
import { Regime, stage1Overridden, stage2Enabled } from './regime.js';
import { MmuStatistics } from './statistics.js';
import { Access, isDevice } from './translation.js';
import { Walker } from './walker.js';

/** SCTLR bits that entries depend on. A says whether translated code may be entered by them: see {@link SoftwareTlb.#fill}. */
const SCTLR_BITS = SCTLR.M | SCTLR.A | SCTLR.WXN | SCTLR.UWXN | SCTLR.EE | SCTLR.TRE | SCTLR.AFE;
const HCR_BITS = HCR.VM | HCR.PTW | HCR.DC | HCR.TGE;
/** Words that {@link SoftwareTlb.contextChanged} remembers. */
const Watch = {
  SCTLR: 0,
  TTBCR: 1,
  PRRR: 2,
  NMRR: 3,
  HCR: 4,
  SIF: 5,
  /** The register that holds the ASID. */
  ASID: 6,
  DACR: 7,
  VTTBR_HIGH: 8,
  VTCR: 9,
  /** 1 in Secure state. */
  SECURE: 10,
} as const;
const WATCHED_WORDS = 11;
/** The same for the PL2 regime. */
const HypWatch = { HSCTLR: 0, HTCR: 1, HMAIR0: 2, HMAIR1: 3 } as const;
const HYP_WATCHED_WORDS = 4;

export interface TlbParts {
  readonly state: CpuState;
  readonly bus: Bus;
  readonly codePages: CodePages;
  readonly monitors: ExclusiveMonitors;
  /** Byte offset in linear memory of this vCPU's data TLB: TLB_BYTES long, a multiple of 16. */
  readonly dataOffset: number;
  readonly aborts: AbortTarget;
  /** Goes by what the TLB holds; absent where nothing is translated. */
  readonly jumpCache?: JumpCache;
  /** The TLBs of all vCPUs, this one included: each constructor adds its own. Broadcast operations reach them. */
  readonly peers: SoftwareTlb[];
}

/**
 * One vCPU's software TLB (design §4). Maintenance operations may drop more than they have to, never less.
 * `broadcast` ones are the Inner Shareable variants and reach every vCPU.
 *
 * The writer of the CP15 register calls ExecutionControl.translationChanged() afterwards, or mappingChanged().
 */
export class SoftwareTlb implements WriteTags {
  readonly dataOffset: number;
  readonly codePages: CodePages;
  readonly monitors: ExclusiveMonitors;
  readonly statistics = new MmuStatistics();
  readonly state: CpuState;
  readonly bus: Bus;
  readonly aborts: AbortTarget;
  /** What {@link lookup} found, by its result. */
  readonly mappings = new MappingCache();
  readonly walker: Walker;
  /** Context number of accesses in the current mode: the low 12 bits of tags that hit. */
  context = 0;
  /** Context number of User mode accesses (LDRT and its kin). */
  unprivilegedContext = 0;
  /** SCTLR.A or HSCTLR.A, or stage 1 off (all data is Strongly-ordered): unaligned accesses go the slow way. */
  alignmentCheck = false;
  /** SCTLR.A or HSCTLR.A: unaligned accesses fault. */
  strictAlignment = false;
  /** For `--trace mmu`: walks, faults, operations. */
  trace: ((text: string) => void) | undefined;
  /** Called when another vCPU's operation changed this TLB: cached pages and context numbers are stale. */
  onPeerChange: (() => void) | undefined;

  readonly #peers: SoftwareTlb[];
  readonly #jumpCache: JumpCache | undefined;
  readonly #i32: Int32Array;
  /** Index in #i32 of the data TLB and of the vCPU's registers. */
  readonly #entries: number;
  readonly #word: number;
  readonly #contexts = new Contexts();
  readonly #privatePages = new PrivatePages();
  readonly #large = new LargeMappings();
  /** The same of Hyp mode. */
  readonly #hypLarge = new LargeMappings();
  readonly #regime = new Regime();
  readonly #watched = new Int32Array(WATCHED_WORDS);
  readonly #hypWatched = new Int32Array(HYP_WATCHED_WORDS);
  #hyp = false;
  #secure = false;
  /** Stage 1 is off in the current regime, memory is Strongly-ordered. */
  #flat = false;
  #privilegedContext = 0;
  #userContext = 0;
  #hypContext = 0;
  /** {@link #flat} of the PL1&0 regime. */
  #flatPL10 = false;
  /** Id of the PL1&0 regime's combination of control registers. */
  #configuration = 0;
  /** Nothing remembered of a regime: the next {@link contextChanged} looks everything up. */
  #stale = true;
  #hypStale = true;
  /** Context numbers were taken back: the next {@link contextChanged} looks for new ones. */
  #retired = false;
  /** By page of linear memory: index + 1 of the one entry that had a write tag for it, 0 for none, -1 for several. */
  readonly #writers: Int32Array;

  constructor(parts: TlbParts) {
    this.state = parts.state;
    this.bus = parts.bus;
    this.codePages = parts.codePages;
    this.monitors = parts.monitors;
    this.dataOffset = parts.dataOffset;
    this.aborts = parts.aborts;
    this.walker = new Walker(parts.bus, parts.state.memory);
    this.#peers = parts.peers;
    this.#jumpCache = parts.jumpCache;
    this.#i32 = parts.state.i32;
    this.#entries = parts.dataOffset >> 2;
    this.#word = parts.state.base >> 2;
    this.#writers = new Int32Array(Math.ceil(parts.state.u8.length / 4096));
    parts.peers.push(this);
    parts.codePages.addTlb(this);
    parts.monitors.add(this);
    this.flush();
  }

  // Contexts

  /** Mode, security state, SCTLR, TTBCR, DACR, ASID, HCR… may have changed: looks the context up again. */
  contextChanged(): void {
    const i32 = this.#i32;
    const word = this.#word;
    const mode = i32[word + (CPU.CPSR >> 2)] & PSR.M;
    if (mode === Mode.HYP) {
      this.#enterHyp();
      return;
    }
    const scr = i32[word + (CPU.SCR >> 2)];
    const secure = mode === Mode.MON || (scr & SCR.NS) === 0;
    const bank = secure ? 1 : 0;
    const sctlr = i32[word + (CPU.SCTLR >> 2) + bank];
    this.strictAlignment = (sctlr & SCTLR.A) !== 0;

    const ttbcr = i32[word + (CPU.TTBCR >> 2) + bank];
    const asid = i32[this.#asidWord(ttbcr, bank)];
    const hcr = secure ? 0 : i32[word + (CPU.HCR >> 2)] & HCR_BITS;
    const watched = this.#watched;
    const vtcr = i32[word + (CPU.VTCR >> 2)];
    const sameConfiguration =
      !this.#stale &&
      watched[Watch.SECURE] === bank &&
      watched[Watch.SCTLR] === (sctlr & SCTLR_BITS) &&
      watched[Watch.TTBCR] === ttbcr &&
      watched[Watch.PRRR] === i32[word + (CPU.PRRR >> 2) + bank] &&
      watched[Watch.NMRR] === i32[word + (CPU.NMRR >> 2) + bank] &&
      watched[Watch.HCR] === hcr &&
      watched[Watch.SIF] === (scr & SCR.SIF) &&
      watched[Watch.VTCR] === vtcr;
    const dacr = i32[word + (CPU.DACR >> 2) + bank];
    const vttbrHigh = i32[word + (CPU.VTTBR >> 2) + 1];
    if (
      !sameConfiguration ||
      this.#retired ||
      watched[Watch.ASID] !== asid ||
      watched[Watch.DACR] !== dacr ||
      watched[Watch.VTTBR_HIGH] !== vttbrHigh
    ) {
      watched[Watch.SECURE] = bank;
      watched[Watch.VTCR] = vtcr;
      watched[Watch.SCTLR] = sctlr & SCTLR_BITS;
      watched[Watch.TTBCR] = ttbcr;
      watched[Watch.PRRR] = i32[word + (CPU.PRRR >> 2) + bank];
      watched[Watch.NMRR] = i32[word + (CPU.NMRR >> 2) + bank];
      watched[Watch.HCR] = hcr;
      watched[Watch.SIF] = scr & SCR.SIF;
      watched[Watch.ASID] = asid;
      watched[Watch.DACR] = dacr;
      watched[Watch.VTTBR_HIGH] = vttbrHigh;
      this.#choosePL10(sameConfiguration);
    }
    this.#hyp = false;
    this.#secure = secure;
    this.#flat = this.#flatPL10;
    this.alignmentCheck = this.strictAlignment || this.#flat;
    this.unprivilegedContext = this.#userContext;
    this.context = mode === Mode.USR ? this.#userContext : this.#privilegedContext;
  }

  /** In place of {@link contextChanged}: nothing has changed but the mode, not to or from a Secure one. */
  modeChanged(): void {
    const i32 = this.#i32;
    const word = this.#word;
    const mode = i32[word + (CPU.CPSR >> 2)] & PSR.M;
    this.#hyp = mode === Mode.HYP;
    const sctlr = i32[word + ((this.#hyp ? CPU.HSCTLR : CPU.SCTLR) >> 2)];
    this.strictAlignment = (sctlr & SCTLR.A) !== 0;
    this.#flat = this.#hyp ? (sctlr & SCTLR.M) === 0 : this.#flatPL10;
    this.alignmentCheck = this.strictAlignment || this.#flat;
    this.unprivilegedContext = this.#hyp ? this.#hypContext : this.#userContext;
    this.context =
      mode === Mode.USR ? this.#userContext : this.#hyp ? this.#hypContext : this.#privilegedContext;
  }

  /** Index in linear memory's words of the register whose low or high word holds the current ASID. */
  #asidWord(ttbcr: number, bank: number): number {
    if ((ttbcr & TTBCR.EAE) === 0) return this.#word + (CPU.CONTEXTIDR >> 2) + bank;
    const ttbr = (ttbcr & TTBCR.A1) !== 0 ? CPU.TTBR1 : CPU.TTBR0;
    return this.#word + (ttbr >> 2) + 2 * bank + 1;
  }

  #choosePL10(sameConfiguration: boolean): void {
    const watched = this.#watched;
    const contexts = this.#contexts;
    const hcr = watched[Watch.HCR];
    const long = (watched[Watch.TTBCR] & TTBCR.EAE) !== 0;
    const enabled = (watched[Watch.SCTLR] & SCTLR.M) !== 0 && !stage1Overridden(hcr);
    let known = sameConfiguration;
    if (!contexts.hasRoom(2)) {
      this.#startOver();
      known = false;
    }
    if (!known) {
      this.#flatPL10 = !enabled && (hcr & HCR.DC) === 0;
      this.#configuration = contexts.configuration(this.#describePL10(enabled));
      this.#stale = false;
    }
    const secure = watched[Watch.SECURE] !== 0;
    this.#retired = false;
    const kind = secure ? ContextKind.SECURE : ContextKind.NON_SECURE;
    const domains = enabled && !long ? watched[Watch.DACR] : 0;
    const asid = !enabled ? 0 : long ? (watched[Watch.ASID] >>> 16) & 0xff : watched[Watch.ASID] & 0xff;
    const vmid = secure ? 0 : (watched[Watch.VTTBR_HIGH] >>> 16) & 0xff;
    const configuration = this.#configuration;
    this.#privilegedContext = contexts.number(configuration, domains, kind, vmid, EVERY_ASID, false);
    this.#privatePages.use(this.#privilegedContext, asid, this.#dropTag);
    this.#userContext = contexts.number(configuration, domains, kind, vmid, asid, true);
  }

  /** The control register values that translations depend on, as a key. */
  #describePL10(enabled: boolean): string {
    const watched = this.#watched;
    const hcr = watched[Watch.HCR];
    const aligned = watched[Watch.SCTLR] & SCTLR.A;
    const parts: (number | boolean)[] = [watched[Watch.SECURE], enabled, hcr, watched[Watch.SIF], aligned];
    if (stage2Enabled(hcr)) parts.push(watched[Watch.VTCR]);
    if (enabled) {
      parts.push(watched[Watch.SCTLR], watched[Watch.TTBCR], watched[Watch.PRRR], watched[Watch.NMRR]);
    }
    return parts.join(' ');
  }

  #enterHyp(): void {
    const i32 = this.#i32;
    const word = this.#word;
    const watched = this.#hypWatched;
    const hsctlr = i32[word + (CPU.HSCTLR >> 2)];
    const htcr = i32[word + (CPU.HTCR >> 2)];
    const hmair0 = i32[word + (CPU.HMAIR0 >> 2)];
    const hmair1 = i32[word + (CPU.HMAIR1 >> 2)];
    if (
      this.#hypStale ||
      watched[HypWatch.HSCTLR] !== (hsctlr & SCTLR_BITS) ||
      watched[HypWatch.HTCR] !== htcr ||
      watched[HypWatch.HMAIR0] !== hmair0 ||
      watched[HypWatch.HMAIR1] !== hmair1
    ) {
      watched[HypWatch.HSCTLR] = hsctlr & SCTLR_BITS;
      watched[HypWatch.HTCR] = htcr;
      watched[HypWatch.HMAIR0] = hmair0;
      watched[HypWatch.HMAIR1] = hmair1;
      this.#chooseHyp();
    }
    this.#hyp = true;
    this.#secure = false;
    this.#flat = (hsctlr & SCTLR.M) === 0;
    this.strictAlignment = (hsctlr & SCTLR.A) !== 0;
    this.alignmentCheck = this.strictAlignment || this.#flat;
    this.context = this.#hypContext;
    this.unprivilegedContext = this.#hypContext;
  }

  #chooseHyp(): void {
    if (!this.#contexts.hasRoom(1)) this.#startOver();
    const watched = this.#hypWatched;
    const enabled = (watched[HypWatch.HSCTLR] & SCTLR.M) !== 0;
    const configuration = this.#contexts.configuration(enabled ? `hyp ${watched.join(' ')}` : 'hyp off');
    this.#hypContext = this.#contexts.number(configuration, 0, ContextKind.HYP, 0, 0, false);
    this.#hypStale = false;
  }

  #startOver(): void {
    this.statistics.contextOverflows++;
    this.trace?.('mmu: out of context numbers');
    this.#empty();
    this.#forgetContexts();
  }

  #forgetContexts(): void {
    forgetModes(this.state);
    this.#contexts.clear();
    this.#privatePages.clear();
    this.#stale = true;
    this.#hypStale = true;
  }

  // Look-ups

  /**
   * Looks the page of an instruction up.
   * @returns linear-memory byte offset of the start of the page that holds `va`
   * @throws GUEST_EXCEPTION after a Prefetch Abort was taken
   */
  fetch(va: number): number {
    const i32 = this.#i32;
    const entry = this.#entries + (tlbIndex(va, this.context) << 2);
    if (i32[entry] === ((va & PAGE_MASK) | this.context) && (i32[entry + 3] & TLB_EXECUTABLE) !== 0) {
      return (i32[entry + 3] & PAGE_MASK) >>> 0;
    }
    return this.#fetchSlowly(va);
  }

  #fetchSlowly(va: number): number {
    const { mappings } = this;
    const { fault } = this.walker;
    const tag = (va & PAGE_MASK) | this.context;
    let index = mappingIndex(va, this.context);
    const known = mappings.tags[index] === tag && (mappings.flags[index] & Access.EXECUTE) !== 0;
    if (!known) {
      index = this.#walk(va, Access.EXECUTE, false);
      this.statistics.fetchFills++;
    }
    if (index >= 0) {
      const linear = mappings.linear[index];
      if (linear >= 0) {
        if (this.alignmentCheck) this.codePages.setAligned(linear);
        else if (!known) this.#fillAround(va, index);
        this.#fill(index, tag);
        return linear;
      }
      fault.setExternal();
    }
    this.statistics.faults++;
    this.trace?.(`mmu: fetch ${hex(va)}: ${fault}`);
    this.aborts.raisePrefetchAbort(va, fault);
  }

  /**
   * Finds the mapping of a data access, and puts it into the data TLB where that may hold it.
   * @param access Access.READ or Access.WRITE
   * @param unprivileged with User mode's permissions, whatever the mode
   * @returns index into {@link mappings}, or -1: `walker.fault` says why
   */
  lookup(va: number, access: number, unprivileged: boolean): number {
    const { mappings } = this;
    const context = unprivileged ? this.unprivilegedContext : this.context;
    const tag = (va & PAGE_MASK) | context;
    let index = mappingIndex(va, context);
    if (mappings.tags[index] !== tag || (mappings.flags[index] & access) === 0) {
      index = this.#walk(va, access, unprivileged);
      if (index < 0) return -1;
    }
    this.#fill(index, tag);
    return index;
  }

  /** @returns index into {@link mappings}, or -1: `walker.fault` says why */
  #walk(va: number, access: number, unprivileged: boolean): number {
    const { walker, mappings, statistics } = this;
    const { result } = walker;
    const context = unprivileged ? this.unprivilegedContext : this.context;
    const privileged = this.#hyp || context === this.#privilegedContext;
    const tag = (va & PAGE_MASK) | context;
    const index = mappingIndex(va, context);
    const stage1 = mappings.tags[index] === tag ? mappings.stage1Permissions[index] : 0;
    statistics.walks++;
    const ok =
      (stage1 & access) !== 0 ? this.#walkOn(index, va, access) : this.#walkAll(va, access, privileged);
    statistics.descriptors = walker.descriptorReads;
    if (!ok && (!walker.fault.stage2 || walker.fault.onWalk || mappings.tags[index] === tag)) return -1;

    if (result.sizeLog2 > 12) (this.#hyp ? this.#hypLarge : this.#large).note(va, result.sizeLog2);
    if (result.notGlobal && privileged) this.#privatePages.note(tag, this.#dropTag);
    const physical = result.pa - (va & 0xfff);
    if (!ok) {
      mappings.keepStage1(index, tag, physical, result);
      return -1;
    }
    const region = this.bus.ramAt(physical, result.secure);
    mappings.tags[index] = tag;
    mappings.stage1Permissions[index] = 0;
    mappings.physical[index] = physical;
    // A region that ends inside of this page is no place for whole pages.
    const linear =
      region !== undefined && physical + 4096 <= region.address + region.size
        ? region.offset + (physical - region.address)
        : -1;
    mappings.linear[index] = linear;
    const device = linear < 0 ? this.bus.deviceOfPage(physical, result.secure) : undefined;
    mappings.devices[index] = device;
    if (device !== undefined) mappings.deviceOffsets[index] = physical - device.address;
    mappings.flags[index] =
      result.permissions |
      (isDevice(result.attributes) ? MappingFlag.DEVICE : 0) |
      (result.deviceByStage2 ? MappingFlag.DEVICE_BY_STAGE2 : 0) |
      (result.secure ? MappingFlag.SECURE : 0) |
      (region?.readOnly === true ? MappingFlag.READ_ONLY : 0) |
      (result.notGlobal ? MappingFlag.NOT_GLOBAL : 0);
    this.trace?.(
      `mmu: walk ${hex(va)} -> ${hex(result.pa)} permissions ${result.permissions} attributes ${hex(result.attributes)} 2^${result.sizeLog2} context ${context}`,
    );
    return index;
  }

  /** Both stages. @returns whether `walker.result` is valid */
  #walkAll(va: number, access: number, privileged: boolean): boolean {
    const regime = this.#regime;
    if (this.#hyp) regime.loadHyp(this.state);
    else regime.loadPL10(this.state, this.#secure);
    return this.walker.walk(regime, va, access, privileged, false);
  }

  /** Stage 2, behind what is known of stage 1: the hypervisor has mapped the page meanwhile, or emulates a device there. */
  #walkOn(index: number, va: number, access: number): boolean {
    const { walker } = this;
    this.mappings.recallStage1(index, va, walker.result);
    walker.result.deviceByStage2 = false;
    this.#regime.loadStage2(this.state);
    return walker.applyStage2(this.#regime, access);
  }

  /**
   * Writes the data TLB's entries for the pages around one of a larger mapping too: a kernel's code is needed again after each
   * operation on all of the TLB. Hypervisors' operations on one address would have to find them, so theirs are left alone; as are
   * pages of one ASID in the context of all, each of which would have to be noted.
   */
  #fillAround(va: number, index: number): void {
    const { mappings, walker } = this;
    const { contiguousLog2, notGlobal, secure } = walker.result;
    if (contiguousLog2 < GROUP_LOG2 || this.#hyp) return;
    if (notGlobal && this.context === this.#privilegedContext) return;
    const offset = va & (GROUP_BYTES - 1) & PAGE_MASK;
    const physical = mappings.physical[index] - offset;
    const region = this.bus.ramAt(physical, secure);
    if (region === undefined || physical + GROUP_BYTES > region.address + region.size) return;
    const linear = mappings.linear[index] - offset;
    this.#large.noteGroup(va);
    for (let at = 0; at < GROUP_BYTES; at += 4096) {
      this.#write(linear + at, mappings.flags[index], ((va & -GROUP_BYTES) + at) | this.context);
    }
  }

  /**
   * Writes the data TLB's entry for a mapping: RAM, and not where alignment has to be looked at. While unaligned accesses fault,
   * regions may jump only into pages whose regions all check.
   */
  #fill(index: number, tag: number): void {
    this.#write(this.mappings.linear[index], this.mappings.flags[index], tag);
  }

  #write(linear: number, flags: number, tag: number): void {
    if (linear < 0 || ((flags & MappingFlag.DEVICE) !== 0 && !this.#flat)) return;
    const at = tlbIndex(tag, tag);
    const entry = this.#entries + (at << 2);
    const i32 = this.#i32;
    const writable =
      (flags & (Access.WRITE | MappingFlag.READ_ONLY)) === Access.WRITE &&
      !this.codePages.isMarked(linear) &&
      !this.monitors.isWatched(linear, this.state.index);
    this.statistics.fills++;
    i32[entry] = (flags & Access.READ) !== 0 ? tag : 0;
    i32[entry + 1] = writable ? tag : 0;
    if (writable) this.#noteWriter(linear, at + 1);
    i32[entry + 2] = (linear - ((tag & PAGE_MASK) >>> 0)) | 0;
    i32[entry + 3] =
      linear |
      0 |
      ((flags & MappingFlag.NOT_GLOBAL) !== 0 ? TLB_NOT_GLOBAL : 0) |
      ((flags & Access.EXECUTE) !== 0 && (!this.alignmentCheck || this.codePages.isAligned(linear))
        ? TLB_EXECUTABLE
        : 0);
  }

  #noteWriter(linear: number, writer: number): void {
    const writers = this.#writers;
    const page = linear >>> 12;
    if (writers[page] !== writer) writers[page] = writers[page] === 0 ? writer : -1;
  }

  dropWriteTags(page: number): void {
    const writers = this.#writers;
    const writer = writers[page >>> 12];
    if (writer === 0) return;
    writers[page >>> 12] = 0;
    if (writer > 0) {
      this.#dropWriteTag(this.#entries + ((writer - 1) << 2), page);
      return;
    }
    const end = this.#entries + (TLB_ENTRIES << 2);
    for (let entry = this.#entries; entry < end; entry += 4) this.#dropWriteTag(entry, page);
  }

  #dropWriteTag(entry: number, page: number): void {
    if ((this.#i32[entry + 3] & PAGE_MASK) === (page | 0)) this.#i32[entry + 1] = 0;
  }

  // Maintenance operations (ARM DDI 0406C B4.2.2)

  /** TLBIALL, DTLBIALL, ITLBIALL; TLBIALLIS: the current security state (and VMID when Non-secure). */
  invalidateAll(broadcast: boolean): void {
    this.trace?.(`mmu: invalidate all${suffix(broadcast)}`);
    this.#retireEach(this.#currentKind(), this.#currentVmid(), -1, broadcast);
  }

  /** TLBIMVA, TLBIMVAIS and kin, `mva` as written: VA[31:12], ASID[7:0]. */
  invalidateAddress(mva: number, broadcast: boolean): void {
    this.trace?.(`mmu: invalidate address ${hex(mva & PAGE_MASK)}${suffix(broadcast)}`);
    this.#dropEach(mva, broadcast);
  }

  /** TLBIASID, TLBIASIDIS: ASID[7:0]. */
  invalidateAsid(asid: number, broadcast: boolean): void {
    this.trace?.(`mmu: invalidate ASID ${asid & 0xff}${suffix(broadcast)}`);
    this.#retireEach(this.#currentKind(), this.#currentVmid(), asid & 0xff, broadcast);
  }

  /** TLBIMVAA, TLBIMVAAIS: VA[31:12]. */
  invalidateAddressAllAsids(mva: number, broadcast: boolean): void {
    this.trace?.(`mmu: invalidate address ${hex(mva & PAGE_MASK)} all ASIDs${suffix(broadcast)}`);
    this.#dropEach(mva, broadcast);
  }

  /** TLBIALLH, TLBIALLHIS. */
  invalidateHyp(broadcast: boolean): void {
    this.trace?.(`mmu: invalidate hyp${suffix(broadcast)}`);
    this.#retireEach(ContextKind.HYP, -1, -1, broadcast);
  }

  /** TLBIMVAH, TLBIMVAHIS. */
  invalidateHypAddress(mva: number, broadcast: boolean): void {
    this.trace?.(`mmu: invalidate hyp address ${hex(mva & PAGE_MASK)}${suffix(broadcast)}`);
    this.#dropEach(mva, broadcast, true);
  }

  /** TLBIALLNSNH, TLBIALLNSNHIS: everything of the Non-secure PL1&0 regime, all VMIDs. */
  invalidateNonSecureNonHyp(broadcast: boolean): void {
    this.trace?.(`mmu: invalidate non-secure non-hyp${suffix(broadcast)}`);
    this.#retireEach(ContextKind.NON_SECURE, -1, -1, broadcast);
  }

  /** Everything, context numbers too: reset, snapshot, change of the memory map. */
  flush(): void {
    this.#empty();
    this.#forgetContexts();
    this.walker.forget();
    this.contextChanged();
  }

  /** Carries out what translated code has collected (CPU.TLB_OPERATIONS). @returns whether there was anything */
  completeOperations(): boolean {
    const i32 = this.#i32;
    const count = i32[this.#word + (CPU.TLB_OPERATION_COUNT >> 2)];
    if (count === 0) return false;
    i32[this.#word + (CPU.TLB_OPERATION_COUNT >> 2)] = 0;
    const first = this.#word + (CPU.TLB_OPERATIONS >> 2);
    for (let word = first; word < first + count; word++) {
      this.#dropEach(i32[word], (i32[word] & TLB_OPERATION_BROADCAST) !== 0);
    }
    return true;
  }

  #retireEach(kind: number, vmid: number, asid: number, broadcast: boolean): void {
    this.#retire(kind, vmid, asid);
    if (!broadcast) return;
    for (const peer of this.#peers) {
      if (peer === this) continue;
      peer.#retire(kind, vmid, asid);
      peer.onPeerChange?.();
    }
  }

  #dropEach(mva: number, broadcast: boolean, hyp = false): void {
    this.#dropAddress(mva, hyp);
    if (!broadcast) return;
    for (const peer of this.#peers) {
      if (peer === this) continue;
      peer.#dropAddress(mva, hyp);
      peer.onPeerChange?.();
    }
  }

  /** The regime that an operation on "the current" one means; from Hyp mode, the Non-secure PL1&0 one. */
  #currentKind(): number {
    return this.#secure ? ContextKind.SECURE : ContextKind.NON_SECURE;
  }

  /** VMID that the operation is limited to. It is VTTBR's with stage 2 off, too: a hypervisor may be at work. */
  #currentVmid(): number {
    return this.#secure ? 0 : (this.state.get(CPU.VTTBR + 4) >>> 16) & 0xff;
  }

  #empty(): void {
    this.#i32.fill(0, this.#entries, this.#entries + (TLB_BYTES >> 2));
    this.mappings.tags.fill(0);
    this.#jumpCache?.clear();
    this.#large.clear();
    this.#hypLarge.clear();
  }

  /**
   * Drops the entries of all contexts that match, of User mode's the global ones too: new numbers are all it takes.
   * @param vmid -1: any
   * @param asid -1: any
   */
  #retire(kind: number, vmid: number, asid: number): void {
    this.statistics.invalidations++;
    const contexts = this.#contexts;
    if (asid >= 0) {
      const pages = this.#privatePages;
      pages.drop((each) => pages.asidOf(each) === asid && contexts.isOf(each, kind, vmid), this.#dropTag);
    }
    if (!contexts.retire(kind, vmid, asid)) return;
    forgetModes(this.state);
    if (contexts.none) {
      this.#large.clear();
      this.#hypLarge.clear();
    }
    if (kind === ContextKind.HYP) this.#hypStale = true;
    else this.#retired = true;
    this.contextChanged();
  }

  /** Drops what is known of an address in Hyp mode or outside of it: all pieces of the largest mapping seen there. */
  #dropAddress(mva: number, hyp: boolean): void {
    this.statistics.invalidations++;
    const large = hyp ? this.#hypLarge : this.#large;
    const sizeLog2 = large.sizeAt(mva);
    if (sizeLog2 === 0) {
      this.#dropPage(mva & PAGE_MASK, hyp);
      return;
    }
    if (sizeLog2 < 20) {
      const first = mva & (-1 << sizeLog2);
      for (let at = 0; at < 2 ** sizeLog2; at += 4096) this.#dropPage(first + at, hyp);
      return;
    }
    this.#dropPage(mva & PAGE_MASK, hyp);
    const count = 2 ** (sizeLog2 - 20);
    const first = (mva >>> 20) & -count;
    const drop = (page: number) => this.#dropPage(page, hyp);
    for (let mib = first; mib < first + count; mib++) large.forEachPage(mib, drop);
    large.forget(first, count);
  }

  #dropPage(page: number, hyp: boolean): void {
    if (hyp) for (const context of this.#contexts.hyp) this.#dropTag(page | context);
    else this.#dropPageOfAllContexts(page);
  }

  #dropPageOfAllContexts(page: number): void {
    this.#jumpCache?.dropPage(page);
    const index = tlbIndex(page, 0);
    for (let context = 0; context < TLB_MIXES; context++) {
      const mixed = index ^ tlbIndexMix(context);
      this.#dropEntry(mixed, page);
      this.#dropMapping(mixed & (MAPPINGS - 1), page);
    }
  }

  readonly #dropTag = (tag: number): void => {
    this.#jumpCache?.dropPage(tag & PAGE_MASK);
    const { tags } = this.mappings;
    const mapping = mappingIndex(tag, tag);
    if (tags[mapping] === tag) tags[mapping] = 0;
    const i32 = this.#i32;
    const entry = this.#entries + (tlbIndex(tag, tag) << 2);
    if ((i32[entry] | i32[entry + 1]) !== tag) return;
    i32[entry] = 0;
    i32[entry + 1] = 0;
  };

  /** Drops the entry at `index` when it is of this page. */
  #dropEntry(index: number, page: number): void {
    const i32 = this.#i32;
    const entry = this.#entries + (index << 2);
    // An entry has at least one of the tags; both are of the same page.
    if (((i32[entry] | i32[entry + 1]) & PAGE_MASK) === page) {
      i32[entry] = 0;
      i32[entry + 1] = 0;
    }
  }

  #dropMapping(index: number, page: number): void {
    const { tags } = this.mappings;
    if ((tags[index] & PAGE_MASK) === page) tags[index] = 0;
  }
}

function suffix(broadcast: boolean): string {
  return broadcast ? ', inner shareable' : '';
}

function hex(value: number): string {
  return `0x${(value < 0 ? value >>> 0 : value).toString(16)}`;
}
