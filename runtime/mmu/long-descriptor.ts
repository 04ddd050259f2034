/**
 * Walks with Long-descriptor translation tables: stage 1 of the PL1&0 and PL2 regimes, and stage 2
 * (ARM DDI 0406C B3.6, B3.7, B3.8).
 */
import { TTBCR } from '../../jit/abi/registers.js';
import { type Fault, FaultType } from './fault.js';
import type { Regime } from './regime.js';
import type { TableSource } from './table-source.js';
import { Access, Attributes, isDevice, Shareability, type Translation } from './translation.js';

const TWO_32 = 0x1_0000_0000;

// Bits 63:32 of a descriptor.
const NS_TABLE = 1 << 31;
const AP_TABLE_READ_ONLY = 1 << 30;
const AP_TABLE_NO_PL0 = 1 << 29;
const XN_TABLE = 1 << 28;
const PXN_TABLE = 1 << 27;
const XN = 1 << 22;
const PXN = 1 << 21;

// Bits 31:0 of a descriptor.
const NOT_GLOBAL = 1 << 11;
const ACCESS_FLAG = 1 << 10;
const AP_READ_ONLY = 1 << 7;
const AP_PL0 = 1 << 6;
const NS = 1 << 5;

/** log2 of the bytes that one entry of a level maps. */
function levelShift(level: number): number {
  return 39 - 9 * level;
}

/** Descriptor bits 39:12. */
function tableAddress(low: number, high: number): number {
  return (high & 0xff) * TWO_32 + ((low & 0xffff_f000) >>> 0);
}

/**
 * Translates `va` with stage 1 tables. As {@link walkShort}; the fault's domain is 0.
 * @returns false on a fault
 */
export function walkLong(
  tables: TableSource,
  regime: Regime,
  va: number,
  privileged: boolean,
  out: Translation,
  fault: Fault,
): boolean {
  // Which table base register (B3.6.4)
  const t0 = regime.ttbcr & 7;
  const t1 = regime.hyp ? 0 : (regime.ttbcr >>> 16) & 7;
  let base = -1;
  let tsz = t0;
  if (t0 === 0 || va >>> (32 - t0) === 0) {
    if (regime.hyp || (regime.ttbcr & TTBCR.EPD0) === 0) base = tableBase(regime.ttbr0Low, regime.ttbr0High);
  }
  const upper = t1 === 0 ? t0 !== 0 && va >>> (32 - t0) !== 0 : (va | 0) >> (32 - t1) === -1;
  if (upper && !regime.hyp) {
    tsz = t1;
    base = (regime.ttbcr & TTBCR.EPD1) === 0 ? tableBase(regime.ttbr1Low, regime.ttbr1High) : -1;
  }
  if (base < 0) {
    fault.set(FaultType.TRANSLATION, 1, 0);
    return false;
  }

  let level = tsz < 2 ? 1 : 2;
  // Bits of the address that the first look-up resolves: 32 - tsz, down to the level's shift.
  const firstBits = 32 - tsz - levelShift(level);
  base -= base % (1 << (firstBits + 3));
  let index = ((va << tsz) >>> 0) >>> (32 - firstBits);

  let secureTable = regime.secure;
  let inherited = 0;
  for (;;) {
    if (!tables.read(base + 8 * index, 8, secureTable, level, fault)) return false;
    const { low, high } = tables;
    if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) {
      fault.set(FaultType.TRANSLATION, level, 0);
      return false;
    }
    if (level < 3 && (low & 2) !== 0) {
      base = tableAddress(low, high);
      inherited |= high;
      if ((high & NS_TABLE) !== 0) secureTable = false;
      level++;
      index = (va >>> levelShift(level)) & 511;
      continue;
    }
    if ((low & ACCESS_FLAG) === 0) {
      fault.set(FaultType.ACCESS_FLAG, level, 0);
      return false;
    }
    const shift = levelShift(level);
    const mask = (1 << shift) - 1;
    out.pa = (high & 0xff) * TWO_32 + (((low & ~mask) | (va & mask)) >>> 0);
    out.sizeLog2 = shift;
    out.secure = secureTable && (low & NS) === 0;
    // A Secure walk that went through a Non-secure table gives non-global entries (B3.6.3).
    out.notGlobal = !regime.hyp && ((low & NOT_GLOBAL) !== 0 || (regime.secure && !secureTable));
    setAttributes(regime, (low >>> 2) & 7, (low >>> 8) & 3, out);
    setPermissions(regime, low, high, inherited, privileged, out);
    fault.level = level;
    fault.domain = 0;
    return true;
  }
}

/** TTBR bits 39:0; the low bits that are not address are dropped when the table's size is known. */
function tableBase(low: number, high: number): number {
  return (high & 0xff) * TWO_32 + (low >>> 0);
}

function setAttributes(regime: Regime, index: number, shareability: number, out: Translation): void {
  const byte = ((index < 4 ? regime.mair0 : regime.mair1) >>> (8 * (index & 3))) & 0xff;
  out.attributes = byte;
  out.shareability = isDevice(byte) ? Shareability.OUTER : shareability;
}

/** B3.7.1, B3.7.2, with the hierarchical controls of the tables on the way in `inherited`. */
function setPermissions(
  regime: Regime,
  low: number,
  high: number,
  inherited: number,
  privileged: boolean,
  out: Translation,
): void {
  const readOnly = (low & AP_READ_ONLY) !== 0 || (inherited & AP_TABLE_READ_ONLY) !== 0;
  const pl0 = !regime.hyp && (low & AP_PL0) !== 0 && (inherited & AP_TABLE_NO_PL0) === 0;
  const all = readOnly ? Access.READ : Access.READ | Access.WRITE;
  const permissions = privileged || pl0 ? all : 0;
  const never =
    permissions === 0 ||
    (high & XN) !== 0 ||
    (inherited & XN_TABLE) !== 0 ||
    (privileged && !regime.hyp && ((high & PXN) !== 0 || (inherited & PXN_TABLE) !== 0)) ||
    (regime.writeExecuteNever && !readOnly) ||
    (regime.unprivilegedWriteExecuteNever && privileged && pl0 && !readOnly) ||
    (regime.secureFetchOnly && !out.secure);
  out.permissions = never ? permissions : permissions | Access.EXECUTE;
}

/** MAIR's four bits by MemAttr's two for Normal memory: reserved, Non-cacheable, Write-Through, Write-Back. */
const STAGE2_CACHEABILITY = [0b0100, 0b0100, 0b1010, 0b1111];

/**
 * Stage 2 of the Non-secure PL1&0 regime (B3.6.5, B3.7.4): translates the intermediate physical address `ipa`.
 * `out` gets the address, permissions and attributes of stage 2 alone.
 * @returns false on a fault, which is marked as stage 2 with its IPA; permissions are the caller's to check
 */
export function walkStage2(
  tables: TableSource,
  regime: Regime,
  ipa: number,
  out: Translation,
  fault: Fault,
): boolean {
  // T0SZ is signed: -8 to 7.
  const tsz = (regime.vtcr << 28) >> 28;
  const sl0 = (regime.vtcr >>> 6) & 3;
  let level = 2 - sl0;
  const bits = 32 - tsz;
  const firstBits = bits - levelShift(level);
  // Bits 39:32 and 31:0: whole numbers of 32 bits are faster than the address as one number.
  const ipaHigh = ipa < TWO_32 ? 0 : Math.floor(ipa / TWO_32);
  const ipaLow = ipa | 0;
  const tooLarge = bits < 32 ? ipaHigh !== 0 || ipaLow >>> bits !== 0 : ipaHigh >>> (bits - 32) !== 0;
  // At most 16 tables side by side at the first level; other combinations are UNPREDICTABLE, QEMU faults.
  if (sl0 > 1 || firstBits < 1 || firstBits > 13 || tooLarge) {
    fault.set(FaultType.TRANSLATION, 1, 0);
    return stage2Fault(ipa, fault);
  }
  let base = tableBase(regime.vttbrLow & (-1 << (firstBits + 3)), regime.vttbrHigh);
  const shift = levelShift(level);
  let index = (ipaHigh << (32 - shift)) | (ipaLow >>> shift);
  for (;;) {
    if (!tables.read(base + 8 * index, 8, false, level, fault)) return stage2Fault(ipa, fault);
    const { low, high } = tables;
    if ((low & 1) === 0 || (level === 3 && (low & 2) === 0)) {
      fault.set(FaultType.TRANSLATION, level, 0);
      return stage2Fault(ipa, fault);
    }
    if (level < 3 && (low & 2) !== 0) {
      base = tableAddress(low, high);
      level++;
      index = (ipaLow >>> levelShift(level)) & 511;
      continue;
    }
    if ((low & ACCESS_FLAG) === 0) {
      fault.set(FaultType.ACCESS_FLAG, level, 0);
      return stage2Fault(ipa, fault);
    }
    const mask = (1 << levelShift(level)) - 1;
    out.pa = (high & 0xff) * TWO_32 + (((low & ~mask) | (ipaLow & mask)) >>> 0);
    out.sizeLog2 = levelShift(level);
    out.secure = false;
    const memAttr = (low >>> 2) & 15;
    if (memAttr < 4) {
      out.attributes = memAttr === 0 ? Attributes.STRONGLY_ORDERED : Attributes.DEVICE;
      out.shareability = Shareability.OUTER;
    } else {
      out.attributes = (STAGE2_CACHEABILITY[memAttr >>> 2] << 4) | STAGE2_CACHEABILITY[memAttr & 3];
      out.shareability = (low >>> 8) & 3;
    }
    // HAP[1:0] are write and read; a fetch needs read as well.
    const readWrite = ((low >>> 6) & 1 ? Access.READ : 0) | ((low >>> 7) & 1 ? Access.WRITE : 0);
    const execute = (high & XN) === 0 && (readWrite & Access.READ) !== 0;
    out.permissions = execute ? readWrite | Access.EXECUTE : readWrite;
    fault.level = level;
    fault.domain = 0;
    return true;
  }
}

/** Marks a fault that stage 2 found. @returns false */
export function stage2Fault(ipa: number, fault: Fault): false {
  fault.stage2 = true;
  fault.ipa = ipa;
  return false;
}
