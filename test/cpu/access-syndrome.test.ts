import { describe, expect, it } from 'vitest';
import { CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { accessSyndrome } from '../../runtime/cpu/access-syndrome.js';
import { Fault, FaultType } from '../../runtime/mmu/fault.js';
import { CpuBench, HYP } from './bench.js';

const decoder = new Decoder(DEFINITIONS);

/** ISV, SAS (bytes: 1, 2 or 4), SSE, SRT. */
function syndrome(bytes: number, signed: boolean, t: number): number {
  return (1 << 24) | ((bytes >> 1) << 22) | (signed ? 1 << 21 : 0) | (t << 16);
}

const A32: readonly [string, number, number][] = [
  ['ldr r3, [r0, #4]', 0xe590_3004, syndrome(4, false, 3)],
  ['ldr r3, [r0, r1, lsl #2]', 0xe790_3101, syndrome(4, false, 3)],
  ['ldr r9, [pc, #8]', 0xe59f_9008, syndrome(4, false, 9)],
  ['str sp, [r0]', 0xe580_d000, syndrome(4, false, 13)],
  ['str r14, [r0, -r1]', 0xe700_e001, syndrome(4, false, 14)],
  ['ldrb r2, [r0]', 0xe5d0_2000, syndrome(1, false, 2)],
  ['strb r2, [r0]', 0xe5c0_2000, syndrome(1, false, 2)],
  ['ldrh r2, [r0]', 0xe1d0_20b0, syndrome(2, false, 2)],
  ['strh r2, [r0, r1]', 0xe180_20b1, syndrome(2, false, 2)],
  ['ldrsb r2, [r0, #1]', 0xe1d0_20d1, syndrome(1, true, 2)],
  ['ldrsh r2, [r0, r1]', 0xe190_20f1, syndrome(2, true, 2)],
  // Write-back, before and after.
  ['ldr sp, [r0, #4]!', 0xe5b0_d004, 0],
  ['ldr r3, [r0], #4', 0xe490_3004, 0],
  ['strh r2, [r0], r1', 0xe080_20b1, 0],
  // Post-indexed always.
  ['ldrt r3, [r0]', 0xe4b0_3000, 0],
  ['strbt r3, [r0]', 0xe4e0_3000, 0],
  ['ldr pc, [r0]', 0xe590_f000, 0],
  ['str pc, [r0]', 0xe580_f000, 0],
  ['ldrd r2, r3, [r0]', 0xe1c0_20d0, 0],
  ['strd r2, r3, [r0]', 0xe1c0_20f0, 0],
  ['ldrex r3, [r0]', 0xe190_3f9f, 0],
  ['strex r3, r2, [r0]', 0xe180_3f92, 0],
  ['ldm r0, {r3}', 0xe890_0008, 0],
  ['stm r0, {r3, r4}', 0xe880_0018, 0],
  ['swp r3, r2, [r0]', 0xe100_3092, 0],
  ['vldr s0, [r0]', 0xed90_0a00, 0],
  ['vld1.32 {d0}, [r0]', 0xf420_078f, 0],
];

const THUMB: readonly [string, number, number][] = [
  ['ldr r3, [r0, #4]', 0x6843, syndrome(4, false, 3)],
  ['str r3, [sp, #4]', 0x9301, syndrome(4, false, 3)],
  ['ldr r3, [pc, #4]', 0x4b01, syndrome(4, false, 3)],
  ['ldrsh r3, [r0, r1]', 0x5e43, syndrome(2, true, 3)],
  ['strb r3, [r0, r1]', 0x5443, syndrome(1, false, 3)],
  ['ldr.w r9, [r0, #4]', 0xf8d0_9004, syndrome(4, false, 9)],
  ['ldr r9, [r0, #-4]', 0xf850_9c04, syndrome(4, false, 9)],
  ['ldr r9, [r0, #4]!', 0xf850_9f04, 0],
  ['ldrt r9, [r0, #4]', 0xf850_9e04, syndrome(4, false, 9)],
  ['strht r9, [r0, #4]', 0xf820_9e04, syndrome(2, false, 9)],
  ['ldrsb.w r9, [r0]', 0xf990_9000, syndrome(1, true, 9)],
  ['push {r3}', 0xb408, 0],
  ['ldm r0!, {r3}', 0xc808, 0],
  ['ldrd r2, r3, [r0]', 0xe9d0_2300, 0],
];

function thumb(raw: number) {
  return decoder.decodeThumb(raw, raw >>> 16 === 0 ? 2 : 4, false);
}

describe('the instruction syndrome of a data abort', () => {
  it.each(A32)('%s', (_, raw, expected) => {
    expect(accessSyndrome(decoder.decodeA32(raw | 0))).toBe(expected);
  });

  it.each(THUMB)('Thumb %s', (_, raw, expected) => {
    expect(accessSyndrome(thumb(raw | 0))).toBe(expected);
  });
});

describe('HSR of a data abort', () => {
  const LDRSH = decoder.decodeA32(0xe1d0_30f0 | 0);
  const IL = 1 << 25;
  const fault = new Fault();

  /** Takes the abort in SVC mode. */
  function hsr(prepare: () => void, isWrite = false, bench = new CpuBench(HYP).at(0x8000, Mode.SVC)): number {
    bench.control.current = LDRSH;
    fault.set(FaultType.TRANSLATION, 2, 0);
    fault.stage2 = true;
    fault.ipa = 0x9000_0000;
    prepare();
    bench.leaves(() => bench.exceptions.raiseDataAbort(0x1004, fault, isWrite));
    return bench.state.get(CPU.HSR);
  }

  it('has the syndrome for a fault that stage 2 finds on the access', () => {
    expect(hsr(() => {})).toBe((0x24 << 26) | IL | syndrome(2, true, 3) | 0x06);
  });

  it('has WnR for a store', () => {
    const value = hsr(() => {}, true);
    expect(value & (1 << 6)).not.toBe(0);
    expect(value & (1 << 24)).not.toBe(0);
  });

  it('has IL = 0 for a 16-bit instruction', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.SVC, PSR.T);
    const value = hsr(
      () => {
        bench.control.current = thumb(0x5e43);
      },
      false,
      bench,
    );
    expect(value).toBe((0x24 << 26) | syndrome(2, true, 3) | 0x06);
  });

  it('has no syndrome, nor IL, where the instruction has none', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.SVC, PSR.T);
    const value = hsr(
      () => {
        bench.control.current = thumb(0xb408);
      },
      true,
      bench,
    );
    expect(value).toBe((0x24 << 26) | (1 << 6) | 0x06);
  });

  it('has S1PTW and no syndrome on the walk of stage 1', () => {
    expect(
      hsr(() => {
        fault.onWalk = true;
      }),
    ).toBe((0x24 << 26) | (1 << 7) | 0x06);
  });

  it('has CM and WnR, and no syndrome, for a maintenance operation', () => {
    expect(
      hsr(() => {
        fault.cacheMaintenance = true;
      }),
    ).toBe((0x24 << 26) | (1 << 8) | (1 << 6) | 0x06);
  });

  it('has EA for an external abort that is a slave error', () => {
    expect(
      hsr(() => {
        fault.set(FaultType.EXTERNAL_ON_WALK, 1, 0);
        fault.stage2 = true;
        fault.externalType = 1;
      }) & 0x3ff,
    ).toBe((1 << 9) | 0x15);
  });

  it('has no syndrome in Hyp mode, or for a stage 1 fault that HCR.TGE takes there', () => {
    const hyp = new CpuBench(HYP).at(0x8000, Mode.HYP);
    const stage1 = () => fault.set(FaultType.ALIGNMENT, 0, 0);
    expect(hsr(stage1, false, hyp)).toBe((0x25 << 26) | 0x21);
    const user = new CpuBench(HYP).at(0x8000, Mode.USR);
    user.state.set(CPU.HCR, 1 << 27);
    expect(hsr(stage1, false, user)).toBe((0x24 << 26) | 0x21);
  });
});
