/**
 * Arithmetic of `IntegerOps` on plain numbers: signed 32-bit integers, and 1 or 0 for what is true or false.
 * Nothing of the vCPU takes part in it.
 */
export abstract class Arithmetic {
  imm(value: number): number {
    return value;
  }

  // Arithmetic modulo 2^32

  add(a: number, b: number): number {
    return (a + b) | 0;
  }

  sub(a: number, b: number): number {
    return (a - b) | 0;
  }

  mul(a: number, b: number): number {
    return Math.imul(a, b);
  }

  mulHighS(a: number, b: number): number {
    return (this.mulHighU(a, b) - ((a >> 31) & b) - ((b >> 31) & a)) | 0;
  }

  mulHighU(a: number, b: number): number {
    const a0 = a & 0xffff;
    const a1 = a >>> 16;
    const b0 = b & 0xffff;
    const b1 = b >>> 16;
    const low = a0 * b0;
    const middle = a1 * b0 + (low >>> 16);
    const cross = a0 * b1 + (middle & 0xffff);
    return (a1 * b1 + (middle >>> 16) + (cross >>> 16)) | 0;
  }

  divS(a: number, b: number): number {
    return b === 0 ? 0 : (a / b) | 0;
  }

  divU(a: number, b: number): number {
    return b === 0 ? 0 : ((a >>> 0) / (b >>> 0)) | 0;
  }

  and(a: number, b: number): number {
    return a & b;
  }

  or(a: number, b: number): number {
    return a | b;
  }

  xor(a: number, b: number): number {
    return a ^ b;
  }

  not(a: number): number {
    return ~a;
  }

  shl(a: number, amount: number): number {
    return a << amount;
  }

  shrU(a: number, amount: number): number {
    return (a >>> amount) | 0;
  }

  shrS(a: number, amount: number): number {
    return a >> amount;
  }

  ror(a: number, amount: number): number {
    return (a >>> amount) | (a << -amount);
  }

  clz(a: number): number {
    return Math.clz32(a);
  }

  rbit(a: number): number {
    let v = a;
    v = ((v >>> 1) & 0x5555_5555) | ((v & 0x5555_5555) << 1);
    v = ((v >>> 2) & 0x3333_3333) | ((v & 0x3333_3333) << 2);
    v = ((v >>> 4) & 0x0f0f_0f0f) | ((v & 0x0f0f_0f0f) << 4);
    return this.rev(v);
  }

  rev(a: number): number {
    return (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
  }

  extendS8(a: number): number {
    return (a << 24) >> 24;
  }

  extendS16(a: number): number {
    return (a << 16) >> 16;
  }

  // Comparisons

  eq(a: number, b: number): number {
    return a === b ? 1 : 0;
  }

  ne(a: number, b: number): number {
    return a !== b ? 1 : 0;
  }

  ltS(a: number, b: number): number {
    return a < b ? 1 : 0;
  }

  leS(a: number, b: number): number {
    return a <= b ? 1 : 0;
  }

  ltU(a: number, b: number): number {
    return a >>> 0 < b >>> 0 ? 1 : 0;
  }

  leU(a: number, b: number): number {
    return a >>> 0 <= b >>> 0 ? 1 : 0;
  }

  select(condition: number, a: number, b: number): number {
    return condition !== 0 ? a : b;
  }

  when(condition: number, body: () => void): void {
    if (condition !== 0) body();
  }
}
