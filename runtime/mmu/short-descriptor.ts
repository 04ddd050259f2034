/**
 * Stage-1 walks with Short-descriptor translation tables (ARM DDI 0406C B3.5), their access permissions and
 * domains (B3.7) and memory attributes (B3.8).
 */
import { TTBCR } from '../../jit/abi/registers.js';
import { type Fault, FaultType } from './fault.js';
import type { Regime } from './regime.js';
import type { TableSource } from './table-source.js';
import { Access, ALL_ACCESSES, Attributes, Shareability, type Translation } from './translation.js';

const SECTION_SUPERSECTION = 1 << 18;

const CLIENT = 1;
const MANAGER = 3;

const R = Access.READ;
const RW = Access.READ | Access.WRITE;
/** Read and write permission by AP[2:0] (table B3-8). 0b100 is reserved: no access. */
const PL1_PERMISSIONS = [0, RW, RW, RW, 0, R, R, R];
const PL0_PERMISSIONS = [0, 0, R, RW, 0, 0, R, R];

/** MAIR's four bits for a cacheable region by the two-bit encodings of IRn and ORn, TEX[1:0] and CB (table B3-11). */
const CACHEABILITY = [0b0100, 0b1111, 0b1010, 0b1110];

/**
 * Translates `va`. `out` gets the address, the permissions that `privileged` has and the attributes.
 * Faults: translation, access flag, domain, external abort on the walk. Permissions are the caller's to check.
 * @returns false on a fault
 */
export function walkShort(
  tables: TableSource,
  regime: Regime,
  va: number,
  privileged: boolean,
  out: Translation,
  fault: Fault,
): boolean {
  const n = regime.ttbcr & 7;
  const first = n === 0 || va >>> (32 - n) === 0;
  if ((regime.ttbcr & (first ? TTBCR.PD0 : TTBCR.PD1)) !== 0) {
    fault.set(FaultType.TRANSLATION, 1, 0);
    return false;
  }
  const size = first ? n : 0;
  const base = (first ? regime.ttbr0Low : regime.ttbr1Low) & (-1 << (14 - size));
  const table = (base | (((va << size) >>> (20 + size)) << 2)) >>> 0;
  if (!tables.read(table, 4, regime.secure, 1, fault)) return false;
  const l1 = tables.low;

  const domain = (l1 >>> 5) & 15;
  switch (l1 & 3) {
    case 0:
      fault.set(FaultType.TRANSLATION, 1, 0);
      return false;
    case 1: {
      const page = ((l1 & 0xffff_fc00) | ((va >>> 10) & 0x3fc)) >>> 0;
      if (!tables.read(page, 4, regime.secure, 2, fault)) {
        fault.domain = domain;
        return false;
      }
      const l2 = tables.low;
      if ((l2 & 3) === 0) {
        fault.set(FaultType.TRANSLATION, 2, domain);
        return false;
      }
      const large = (l2 & 2) === 0;
      const mask = large ? 0xffff : 0xfff;
      out.pa = ((l2 & ~mask) | (va & mask)) >>> 0;
      out.sizeLog2 = large ? 16 : 12;
      out.notGlobal = (l2 & (1 << 11)) !== 0;
      out.secure = regime.secure && (l1 & (1 << 3)) === 0;
      const tex = (large ? l2 >>> 12 : l2 >>> 6) & 7;
      setAttributes(regime, tex, (l2 >>> 2) & 3, (l2 >>> 10) & 1, out);
      const ap = ((l2 >>> 7) & 4) | ((l2 >>> 4) & 3);
      const xn = (l2 & (large ? 1 << 15 : 1)) !== 0;
      const pxn = (l1 & (1 << 2)) !== 0;
      return setPermissions(regime, domain, 2, ap, xn, pxn, privileged, out, fault);
    }
    default: {
      const superSection = (l1 & SECTION_SUPERSECTION) !== 0;
      if (superSection) {
        const high = ((l1 >>> 20) & 15) | (((l1 >>> 5) & 15) << 4);
        out.pa = high * 0x1_0000_0000 + (((l1 & 0xff00_0000) | (va & 0xff_ffff)) >>> 0);
      } else {
        out.pa = ((l1 & 0xfff0_0000) | (va & 0xf_ffff)) >>> 0;
      }
      out.sizeLog2 = superSection ? 24 : 20;
      out.notGlobal = (l1 & (1 << 17)) !== 0;
      out.secure = regime.secure && (l1 & (1 << 19)) === 0;
      setAttributes(regime, (l1 >>> 12) & 7, (l1 >>> 2) & 3, (l1 >>> 16) & 1, out);
      const ap = ((l1 >>> 13) & 4) | ((l1 >>> 10) & 3);
      const xn = (l1 & (1 << 4)) !== 0;
      const pxn = (l1 & 1) !== 0;
      return setPermissions(regime, superSection ? 0 : domain, 1, ap, xn, pxn, privileged, out, fault);
    }
  }
}

/** Access flag, then domain, then permissions: the order of the manual's pseudocode (B3.19). */
function setPermissions(
  regime: Regime,
  domain: number,
  level: number,
  ap: number,
  xn: boolean,
  pxn: boolean,
  privileged: boolean,
  out: Translation,
  fault: Fault,
): boolean {
  if (regime.accessFlag && (ap & 1) === 0) {
    fault.set(FaultType.ACCESS_FLAG, level, domain);
    return false;
  }
  // Kept for the caller, which reports Permission faults.
  fault.level = level;
  fault.domain = domain;
  const control = (regime.dacr >>> (2 * domain)) & 3;
  if (control === MANAGER) {
    out.permissions = ALL_ACCESSES;
    return true;
  }
  if (control !== CLIENT) {
    // 0b10 is reserved; QEMU takes it as no access.
    fault.set(FaultType.DOMAIN, level, domain);
    return false;
  }
  // With the access flag in use AP[0] counts as 1 (B3.7.1).
  const permissions = (privileged ? PL1_PERMISSIONS : PL0_PERMISSIONS)[ap];
  const writable = (permissions & Access.WRITE) !== 0;
  const never =
    permissions === 0 ||
    xn ||
    (privileged && pxn) ||
    (regime.writeExecuteNever && writable) ||
    (regime.unprivilegedWriteExecuteNever && privileged && (PL0_PERMISSIONS[ap] & Access.WRITE) !== 0) ||
    (regime.secureFetchOnly && !out.secure);
  out.permissions = never ? permissions : permissions | Access.EXECUTE;
  return true;
}

/** B3.8.2 without, B3.8.3 with TEX remap. `s` is the descriptor's S bit. */
function setAttributes(regime: Regime, tex: number, cb: number, s: number, out: Translation): void {
  if (regime.texRemap) {
    const n = ((tex & 1) << 2) | cb;
    const prrr = regime.mair0;
    switch ((prrr >>> (2 * n)) & 3) {
      case 0:
        out.attributes = Attributes.STRONGLY_ORDERED;
        out.shareability = Shareability.OUTER;
        return;
      case 1:
        out.attributes = Attributes.DEVICE;
        out.shareability = Shareability.OUTER;
        return;
      default: {
        const nmrr = regime.mair1;
        const inner = CACHEABILITY[(nmrr >>> (2 * n)) & 3];
        const outer = CACHEABILITY[(nmrr >>> (16 + 2 * n)) & 3];
        out.attributes = (outer << 4) | inner;
        const shared = ((prrr >>> (18 + s)) & 1) !== 0;
        const notOuter = ((prrr >>> (24 + n)) & 1) !== 0;
        out.shareability = !shared ? Shareability.NON : notOuter ? Shareability.INNER : Shareability.OUTER;
        return;
      }
    }
  }
  if ((tex & 4) !== 0) {
    out.attributes = (CACHEABILITY[tex & 3] << 4) | CACHEABILITY[cb];
  } else {
    switch ((tex << 2) | cb) {
      case 0b00000:
        out.attributes = Attributes.STRONGLY_ORDERED;
        out.shareability = Shareability.OUTER;
        return;
      case 0b00001:
      case 0b01000:
        out.attributes = Attributes.DEVICE;
        out.shareability = Shareability.OUTER;
        return;
      case 0b00010:
        out.attributes = 0xaa;
        break;
      case 0b00011:
        out.attributes = 0xee;
        break;
      case 0b00111:
        out.attributes = Attributes.NORMAL_WRITE_BACK;
        break;
      default:
        // 0b00100 is Non-cacheable; the reserved encodings are taken as that.
        out.attributes = Attributes.NORMAL_NON_CACHEABLE;
    }
  }
  out.shareability = s !== 0 ? Shareability.INNER : Shareability.NON;
}
