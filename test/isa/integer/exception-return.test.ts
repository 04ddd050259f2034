import { describe, expect, it } from 'vitest';
import { CPU, Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { VCPU_BYTES } from '../../../jit/abi/vcpu-layout.js';
import { Decoder } from '../../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../../jit/isa/table.js';
import { Bus } from '../../../runtime/bus.js';
import { VirtualClock } from '../../../runtime/clock.js';
import { writeSPSR } from '../../../runtime/cpu/modes.js';
import { Vcpu } from '../../../runtime/cpu/vcpu.js';
import { CodeCache } from '../../../runtime/interpreter/code-cache.js';
import { CodePages } from '../../../runtime/mmu/code-pages.js';
import { ExclusiveMonitors } from '../../../runtime/mmu/exclusive-monitors.js';

const RAM = 0x4000_0000;
const RAM_BYTES = 0x1_0000;

/** Executes one instruction in Supervisor mode, MMU off, with `r1`, LR and C set, and User mode in SPSR. */
function execute(encoding: number, thumb: boolean, r1: number): { pc: number; cpsr: number } {
  const pages = (VCPU_BYTES + RAM_BYTES) / 65536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const bus = new Bus();
  bus.addRam({ address: RAM, size: RAM_BYTES, offset: VCPU_BYTES, readOnly: false });
  const line = () => {};
  const vcpu = new Vcpu({
    memory,
    base: 0,
    index: 0,
    features: { security: false, virtualization: false, cpus: 1 },
    bus,
    clock: new VirtualClock(),
    codePages: new CodePages(memory.buffer.byteLength),
    monitors: new ExclusiveMonitors(),
    code: new CodeCache(new Decoder(DEFINITIONS)),
    tlbs: [],
    timerLines: { securePhysical: line, nonSecurePhysical: line, virtual: line, hyp: line },
  });
  const view = new DataView(memory.buffer, VCPU_BYTES);
  if (thumb) {
    view.setUint16(0, encoding >>> 16, true);
    view.setUint16(2, encoding, true);
  } else {
    view.setUint32(0, encoding, true);
  }
  vcpu.reset(RAM, thumb);
  const { state } = vcpu;
  expect(state.mode).toBe(Mode.SVC);
  writeSPSR(state, Mode.SVC, PSR.N | PSR.C | Mode.USR);
  state.set(CPU.R + 4, r1);
  state.set(CPU.R + 56, RAM + 0x1004);
  state.set(CPU.CF, 1);
  vcpu.run(1);
  return { pc: vcpu.interpreter.pc, cpsr: state.cpsr };
}

const RETURNED = (PSR.N | PSR.C | Mode.USR) >>> 0;

describe('SUBS PC, LR and related instructions', () => {
  it.each([
    ['SUBS PC, LR, #4', 0xe25ef004, 0, 0x40001000],
    ['MOVS PC, LR', 0xe1b0f00e, 0, 0x40001004],
    ['MOVS PC, R1, ROR #8', 0xe1b0f461, 0x00400010, 0x10004000],
    ['MOVS PC, #0x8000', 0xe3b0f902, 0, 0x8000],
    ['ANDS PC, R1, #0xff000000', 0xe211f4ff, 0x40001004, 0x40000000],
    ['EORS PC, R1, #0x40', 0xe231f040, 0x40001004, 0x40001044],
    ['RSBS PC, R1, #0', 0xe271f000, -0x1000, 0x1000],
    ['ADDS PC, R1, R1', 0xe091f001, 0x1000, 0x2000],
    ['ADCS PC, R1, #3', 0xe2b1f003, 0x1000, 0x1004],
    ['SBCS PC, R1, #4', 0xe2d1f004, 0x1004, 0x1000],
    ['RSCS PC, R1, #0', 0xe2f1f000, -0x1000, 0x1000],
    ['ORRS PC, R1, R1, LSL #1', 0xe191f081, 0x1000, 0x3000],
    ['BICS PC, R1, #0x40', 0xe3d1f040, 0x1044, 0x1004],
    ['MVNS PC, R1', 0xe1f0f001, ~0x1000, 0x1000],
  ])('%s', (_, encoding, r1, target) => {
    const { pc, cpsr } = execute(encoding, false, r1);
    expect(pc).toBe(target);
    expect(cpsr >>> 0).toBe(RETURNED);
  });

  it('SUBS PC, LR, #8 in Thumb', () => {
    const { pc, cpsr } = execute(0xf3de8f08, true, 0);
    expect(pc).toBe(0x40000ffc);
    expect(cpsr >>> 0).toBe(RETURNED);
  });

  it('does not return without S', () => {
    const { pc, cpsr } = execute(0xe1a0f00e, false, 0);
    expect(pc).toBe(0x40001004);
    expect(cpsr & PSR.M).toBe(Mode.SVC);
  });
});
