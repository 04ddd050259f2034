/** The GIC Virtualization Extensions: what IHI 0048B chapter 5 says. */
import { beforeEach, describe, expect, test } from 'vitest';
import { GicV2 } from '../../runtime/devices/gic/gic-v2.js';

const GICH_HCR = 0x00;
const GICH_VTR = 0x04;
const GICH_VMCR = 0x08;
const GICH_MISR = 0x10;
const GICH_EISR0 = 0x20;
const GICH_ELSR0 = 0x30;
const GICH_APR = 0xf0;
const GICH_LR0 = 0x100;
const GICV_CTLR = 0x00;
const GICV_PMR = 0x04;
const GICV_BPR = 0x08;
const GICV_IAR = 0x0c;
const GICV_EOIR = 0x10;
const GICV_RPR = 0x14;
const GICV_HPPIR = 0x18;
const GICV_ABPR = 0x1c;
const GICV_AIAR = 0x20;
const GICV_AEOIR = 0x24;
const GICV_AHPPIR = 0x28;
const GICV_APR0 = 0xd0;
const GICV_IIDR = 0xfc;
const GICV_DIR = 0x1000;
const GICD_ISACTIVER = 0x300;
const GICD_ISPENDR = 0x200;

const EN = 1;
const HW = 0x8000_0000;
const GROUP1 = 1 << 30;
const ACTIVE = 1 << 29;
const PENDING = 1 << 28;
const EOI = 1 << 19;
const SPURIOUS = 1023;
/** GICV_CTLR. */
const ENABLE0 = 1;
const ENABLE1 = 2;
const ACK_CTL = 4;
const FIQ_EN = 8;
const CBPR = 16;
const EOI_MODE = 1 << 9;

/** A pending interrupt with a priority of 8 bits. */
const pending = (id: number, priority = 0x80) => (PENDING | ((priority >> 3) << 23) | id) >>> 0;

let gic: GicV2;
let irq: boolean[];
let fiq: boolean[];

beforeEach(() => {
  irq = [false, false];
  fiq = [false, false];
  gic = new GicV2({
    outputs: [0, 1].map((cpu) => ({
      irq: () => {},
      fiq: () => {},
      virtualIrq: (level: boolean) => {
        irq[cpu] = level;
      },
      virtualFiq: (level: boolean) => {
        fiq[cpu] = level;
      },
    })),
    maintenancePpi: 9,
  });
});

const h = {
  get: (offset: number, cpu = 0) => gic.virtualization!.control.read(offset, 4, cpu),
  set: (offset: number, value: number, cpu = 0) => gic.virtualization!.control.write(offset, 4, value, cpu),
};
const v = {
  get: (offset: number, cpu = 0) => gic.virtualization!.cpuInterface.read(offset, 4, cpu),
  set: (offset: number, value: number, cpu = 0) =>
    gic.virtualization!.cpuInterface.write(offset, 4, value, cpu),
};
const lr = (n: number, value: number, cpu = 0) => h.set(GICH_LR0 + 4 * n, value, cpu);
const list = (n: number, cpu = 0) => h.get(GICH_LR0 + 4 * n, cpu);
/** The level of the maintenance interrupt, ID 25. */
const maintenance = (cpu = 0) => (gic.distributor.read(GICD_ISPENDR, 4, cpu) & (1 << 25)) !== 0;

/** On, both groups enabled, every priority let through. */
function start(control = ENABLE0, cpu = 0): void {
  h.set(GICH_HCR, EN, cpu);
  v.set(GICV_CTLR, control, cpu);
  v.set(GICV_PMR, 0xff, cpu);
}

test('without a maintenance interrupt there are no Virtualization Extensions', () => {
  expect(new GicV2({ outputs: [{ irq: () => {}, fiq: () => {} }] }).virtualization).toBeUndefined();
});

describe('registers', () => {
  test('VTR is that of Cortex-A15: 5 priority bits, 5 preemption bits, 4 list registers', () => {
    expect(h.get(GICH_VTR)).toBe(0x9000_0003);
  });

  test('reset', () => {
    start(ENABLE0 | ENABLE1);
    lr(0, pending(40));
    v.get(GICV_IAR);
    gic.reset();
    expect(h.get(GICH_HCR)).toBe(0);
    expect(h.get(GICH_VMCR)).toBe(0x004c_0000);
    expect(h.get(GICH_APR)).toBe(0);
    expect(h.get(GICH_ELSR0)).toBe(0xf);
    expect(list(0)).toBe(0);
    expect(v.get(GICV_IIDR)).toBe(0x0002_043b);
  });

  test('VMCR and the registers of GICV are the same', () => {
    h.set(GICH_VMCR, (0x15 << 27) | (5 << 21) | (6 << 18) | EOI_MODE | CBPR | ACK_CTL | ENABLE0);
    expect(v.get(GICV_CTLR)).toBe(EOI_MODE | CBPR | ACK_CTL | ENABLE0);
    expect(v.get(GICV_PMR)).toBe(0xa8);
    expect(v.get(GICV_BPR)).toBe(5);
    expect(v.get(GICV_ABPR)).toBe(6);
    v.set(GICV_CTLR, ENABLE1 | FIQ_EN);
    v.set(GICV_PMR, 0x77);
    v.set(GICV_BPR, 7);
    v.set(GICV_ABPR, 4);
    expect(h.get(GICH_VMCR)).toBe(((0x0e << 27) | (7 << 21) | (4 << 18) | ENABLE1 | FIQ_EN) >>> 0);
  });

  test('binary points have a least value', () => {
    v.set(GICV_BPR, 0);
    v.set(GICV_ABPR, 0);
    expect(v.get(GICV_BPR)).toBe(2);
    expect(v.get(GICV_ABPR)).toBe(3);
  });

  test('reserved bits are RAZ/WI', () => {
    h.set(GICH_HCR, 0xffff_fffe);
    expect(h.get(GICH_HCR)).toBe(0xf800_00fe);
    lr(3, 0xffff_ffff);
    expect(list(3)).toBe(0xff8f_ffff);
    lr(4, 0xffff_ffff);
    expect(list(4)).toBe(0);
    v.set(GICV_CTLR, 0xffff_ffff);
    expect(v.get(GICV_CTLR)).toBe(0x21f);
  });

  test('each CPU has its own', () => {
    start(ENABLE0, 1);
    lr(0, pending(40), 1);
    expect(list(0)).toBe(0);
    expect(irq).toEqual([false, true]);
    expect(v.get(GICV_IAR, 0)).toBe(SPURIOUS);
    expect(v.get(GICV_IAR, 1)).toBe(40);
  });
});

describe('delivery', () => {
  test('nothing is signalled while HCR.En is 0, the group is disabled or the priority is masked', () => {
    start();
    h.set(GICH_HCR, 0);
    lr(0, pending(40, 0x80));
    expect(irq[0]).toBe(false);
    expect(v.get(GICV_IAR)).toBe(SPURIOUS);
    h.set(GICH_HCR, EN);
    expect(irq[0]).toBe(true);
    v.set(GICV_PMR, 0x80);
    expect(irq[0]).toBe(false);
    v.set(GICV_PMR, 0x88);
    expect(irq[0]).toBe(true);
    v.set(GICV_CTLR, ENABLE1);
    expect(irq[0]).toBe(false);
  });

  test('the highest priority comes first, and preempts', () => {
    start();
    lr(0, pending(40, 0x80));
    lr(1, pending(41, 0x40));
    expect(v.get(GICV_HPPIR)).toBe(41);
    expect(v.get(GICV_IAR)).toBe(41);
    expect(v.get(GICV_RPR)).toBe(0x40);
    expect(irq[0]).toBe(false);
    lr(2, pending(42, 0x08));
    expect(irq[0]).toBe(true);
    expect(v.get(GICV_IAR)).toBe(42);
    expect(h.get(GICH_APR)).toBe((1 << 1) | (1 << 8));
    expect(v.get(GICV_APR0)).toBe((1 << 1) | (1 << 8));
    v.set(GICV_EOIR, 42);
    expect(v.get(GICV_RPR)).toBe(0x40);
    v.set(GICV_EOIR, 41);
    expect(v.get(GICV_RPR)).toBe(0xff);
    expect(v.get(GICV_IAR)).toBe(40);
  });

  test('the binary point says which priorities preempt', () => {
    start();
    v.set(GICV_BPR, 6);
    lr(0, pending(40, 0x78));
    expect(v.get(GICV_IAR)).toBe(40);
    expect(v.get(GICV_RPR)).toBe(0);
    lr(1, pending(41, 0x08));
    expect(irq[0]).toBe(false);
    v.set(GICV_EOIR, 40);
    expect(irq[0]).toBe(true);
  });

  test('Group 1 has a binary point of its own, unless CBPR is set', () => {
    start(ENABLE0 | ENABLE1 | ACK_CTL);
    v.set(GICV_ABPR, 7);
    lr(0, (GROUP1 | pending(40, 0xf0)) >>> 0);
    expect(v.get(GICV_IAR)).toBe(40);
    expect(v.get(GICV_RPR)).toBe(0x80);
    v.set(GICV_EOIR, 40);
    v.set(GICV_CTLR, ENABLE0 | ENABLE1 | ACK_CTL | CBPR);
    lr(0, (GROUP1 | pending(40, 0xf0)) >>> 0);
    expect(v.get(GICV_IAR)).toBe(40);
    expect(v.get(GICV_RPR)).toBe(0xf0);
  });

  test('Group 0 is a virtual FIQ with FIQEn, Group 1 never', () => {
    start(ENABLE0 | ENABLE1 | FIQ_EN);
    lr(0, pending(40));
    expect([irq[0], fiq[0]]).toEqual([false, true]);
    lr(0, (GROUP1 | pending(40)) >>> 0);
    expect([irq[0], fiq[0]]).toEqual([true, false]);
  });

  test('Group 1 by GICV_IAR needs AckCtl; the aliased registers take it, and nothing else', () => {
    start(ENABLE0 | ENABLE1);
    lr(0, (GROUP1 | pending(40)) >>> 0);
    expect(v.get(GICV_HPPIR)).toBe(1022);
    expect(v.get(GICV_IAR)).toBe(1022);
    expect(v.get(GICV_AHPPIR)).toBe(40);
    expect(v.get(GICV_AIAR)).toBe(40);
    v.set(GICV_AEOIR, 40);
    expect(h.get(GICH_ELSR0)).toBe(0xf);
    lr(0, pending(41));
    expect(v.get(GICV_AIAR)).toBe(SPURIOUS);
    expect(v.get(GICV_AHPPIR)).toBe(SPURIOUS);
    expect(v.get(GICV_IAR)).toBe(41);
  });

  test('an SGI comes with the CPU that sent it, and ends with it', () => {
    start();
    lr(0, (pending(5) | (3 << 10)) >>> 0);
    expect(v.get(GICV_IAR)).toBe(0xc05);
    v.set(GICV_EOIR, 0x805);
    expect(list(0) & ACTIVE).not.toBe(0);
    expect(h.get(GICH_HCR) >>> 27).toBe(1);
    v.set(GICV_EOIR, 0xc05);
    expect(list(0) & ACTIVE).toBe(0);
  });

  test('a pending and active interrupt is signalled again after its end', () => {
    start();
    lr(0, pending(40));
    v.get(GICV_IAR);
    lr(0, (pending(40) | ACTIVE) >>> 0);
    expect(irq[0]).toBe(false);
    expect(v.get(GICV_HPPIR)).toBe(SPURIOUS);
    v.set(GICV_EOIR, 40);
    expect(irq[0]).toBe(true);
    expect(list(0)).toBe(pending(40));
  });
});

describe('the end of an interrupt', () => {
  test('with EOImode the priority drops first, GICV_DIR deactivates', () => {
    start(ENABLE0 | EOI_MODE);
    lr(0, pending(40));
    lr(1, pending(41));
    expect(v.get(GICV_IAR)).toBe(40);
    v.set(GICV_EOIR, 40);
    expect(list(0) & ACTIVE).not.toBe(0);
    expect(v.get(GICV_IAR)).toBe(41);
    v.set(GICV_DIR, 40);
    expect(list(0) & (ACTIVE | PENDING)).toBe(0);
    expect(list(1) & ACTIVE).not.toBe(0);
  });

  test('GICV_DIR without EOImode does nothing', () => {
    start();
    lr(0, pending(40));
    v.get(GICV_IAR);
    v.set(GICV_DIR, 40);
    expect(list(0) & ACTIVE).not.toBe(0);
  });

  test('a list register with HW deactivates the physical interrupt', () => {
    start();
    gic.distributor.write(GICD_ISACTIVER + 4, 4, 1 << 8, 0);
    gic.distributor.write(GICD_ISACTIVER, 4, (1 << 27) | (1 << 26), 0);
    gic.distributor.write(GICD_ISACTIVER, 4, 1 << 27, 1);
    lr(0, (HW | pending(50) | (40 << 10)) >>> 0);
    expect(v.get(GICV_IAR)).toBe(50);
    expect(gic.distributor.read(GICD_ISACTIVER + 4, 4, 0)).toBe(1 << 8);
    v.set(GICV_EOIR, 50);
    expect(gic.distributor.read(GICD_ISACTIVER + 4, 4, 0)).toBe(0);
    lr(1, (HW | pending(27) | (27 << 10)) >>> 0);
    v.get(GICV_IAR);
    v.set(GICV_EOIR, 27);
    expect(gic.distributor.read(GICD_ISACTIVER, 4, 0)).toBe(1 << 26);
    expect(gic.distributor.read(GICD_ISACTIVER, 4, 1)).toBe(1 << 27);
  });

  test('spurious IDs, and an end with nothing active, change nothing', () => {
    start();
    lr(0, pending(40));
    v.set(GICV_EOIR, 40);
    expect(list(0)).toBe(pending(40));
    expect(h.get(GICH_HCR)).toBe(EN);
    v.get(GICV_IAR);
    v.set(GICV_EOIR, SPURIOUS);
    expect(h.get(GICH_APR)).not.toBe(0);
    expect(list(0) & ACTIVE).not.toBe(0);
  });
});

describe('maintenance interrupts', () => {
  test('need HCR.En', () => {
    h.set(GICH_HCR, 1 << 3);
    expect(h.get(GICH_MISR)).toBe(1 << 3);
    expect(maintenance()).toBe(false);
    h.set(GICH_HCR, EN | (1 << 3), 1);
    expect([maintenance(0), maintenance(1)]).toEqual([false, true]);
  });

  test('EOI: an interrupt ended whose list register has EOI', () => {
    start();
    lr(2, (pending(40) | EOI) >>> 0);
    v.get(GICV_IAR);
    expect(maintenance()).toBe(false);
    v.set(GICV_EOIR, 40);
    expect(h.get(GICH_EISR0)).toBe(1 << 2);
    expect(h.get(GICH_ELSR0)).toBe(0xb);
    expect(h.get(GICH_MISR)).toBe(1);
    expect(maintenance()).toBe(true);
    lr(2, 0);
    expect(maintenance()).toBe(false);
    expect(h.get(GICH_ELSR0)).toBe(0xf);
  });

  test('bit 19 of a list register with HW is of the physical ID', () => {
    start();
    lr(0, HW | EOI);
    expect(h.get(GICH_EISR0)).toBe(0);
    expect(h.get(GICH_ELSR0)).toBe(0xf);
  });

  test('U: none or one list register in use', () => {
    start();
    h.set(GICH_HCR, EN | (1 << 1));
    lr(0, pending(40));
    expect(h.get(GICH_MISR)).toBe(1 << 1);
    lr(1, (ACTIVE | 41) >>> 0);
    expect(h.get(GICH_MISR)).toBe(0);
    expect(maintenance()).toBe(false);
  });

  test('LRENP: an end of what no list register has, counted', () => {
    start();
    h.set(GICH_HCR, EN | (1 << 2));
    h.set(GICH_APR, 3);
    v.set(GICV_EOIR, 99);
    expect(h.get(GICH_HCR)).toBe((EN | (1 << 2) | (1 << 27)) >>> 0);
    expect(h.get(GICH_MISR)).toBe(1 << 2);
    expect(maintenance()).toBe(true);
    v.set(GICV_CTLR, ENABLE0 | EOI_MODE);
    v.set(GICV_EOIR, 99);
    expect(h.get(GICH_HCR) >>> 27).toBe(1);
    v.set(GICV_DIR, 99);
    expect(h.get(GICH_HCR) >>> 27).toBe(2);
    h.set(GICH_HCR, EN | (1 << 2));
    expect(maintenance()).toBe(false);
  });

  test('NP: no pending list register', () => {
    start();
    h.set(GICH_HCR, EN | (1 << 3));
    expect(maintenance()).toBe(true);
    lr(0, pending(40));
    expect(maintenance()).toBe(false);
    v.get(GICV_IAR);
    expect(h.get(GICH_MISR)).toBe(1 << 3);
    expect(maintenance()).toBe(true);
  });

  test.each([
    ['VGrp0E', 4, ENABLE0, 0],
    ['VGrp0D', 5, 0, ENABLE0],
    ['VGrp1E', 6, ENABLE1, 0],
    ['VGrp1D', 7, 0, ENABLE1],
  ])('%s: a group is enabled or disabled', (_, bit, on, off) => {
    h.set(GICH_HCR, EN | (1 << bit));
    v.set(GICV_CTLR, off);
    expect([h.get(GICH_MISR), maintenance()]).toEqual([0, false]);
    v.set(GICV_CTLR, on);
    expect([h.get(GICH_MISR), maintenance()]).toEqual([1 << bit, true]);
  });
});

describe('states that are reserved', () => {
  test('two list registers with one ID: the end takes the active one, the other stays', () => {
    start();
    lr(0, pending(40));
    lr(1, pending(40, 0x40));
    expect(v.get(GICV_IAR)).toBe(40);
    v.set(GICV_EOIR, 40);
    expect([list(0), list(1) >>> 28]).toEqual([pending(40), 0]);
    expect(v.get(GICV_IAR)).toBe(40);
  });

  test('an ID that says that there is no interrupt is never ended', () => {
    start();
    lr(0, pending(1022));
    expect(v.get(GICV_IAR)).toBe(1022);
    v.set(GICV_EOIR, 1022);
    expect(list(0) >>> 28).toBe(2);
  });

  test('active with another priority than GICH_APR says: the end drops what APR has', () => {
    start();
    h.set(GICH_APR, 1 << 4);
    lr(0, pending(40, 0x80));
    expect(v.get(GICV_IAR)).toBe(SPURIOUS);
    v.set(GICV_EOIR, 41);
    expect(h.get(GICH_APR)).toBe(0);
    expect(v.get(GICV_IAR)).toBe(40);
  });

  test('HW with the ID of an SGI, or of no interrupt, deactivates nothing', () => {
    start();
    for (const physical of [3, 1023]) {
      lr(0, (pending(40) | HW | (physical << 10)) >>> 0);
      expect(v.get(GICV_IAR)).toBe(40);
      v.set(GICV_EOIR, 40);
      expect(list(0) >>> 28).toBe(8);
    }
  });

  test('whatever is written, reads give what the registers have, and lines follow GICH_HCR.En', () => {
    // A linear congruential generator: the same writes in each run.
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed;
    };
    const OFFSETS = [0, 8, 0xf0, 0x100, 0x104, 0x108, 0x10c, 0x110, 0x1fc, 0xffc];
    for (let n = 0; n < 4_000; n++) {
      const value = random();
      // The lower bits of such a generator are none.
      const what = (random() >>> 16) % 20;
      if (what < OFFSETS.length) h.set(OFFSETS[what]!, value);
      else if (what < 16) v.set(4 * ((value >>> 20) & 15), value);
      else if (what === 16) v.set(0x1000, value);
      else if (what === 17) v.set(GICV_EOIR, list((value >>> 20) & 3) & 0x1fff);
      else v.get(4 * ((value >>> 20) & 15));
      for (let i = 0; i < 4; i++) expect(list(i) & 0x0070_0000).toBe(0);
      expect(h.get(0x30) & h.get(0x20)).toBe(0);
      if ((h.get(GICH_HCR) & EN) === 0)
        expect([irq[0], fiq[0], maintenance()]).toEqual([false, false, false]);
      expect(irq[0] && fiq[0]).toBe(false);
    }
    expect([irq[1], fiq[1]]).toEqual([false, false]);
  });
});
