import { beforeEach, describe, expect, test } from 'vitest';
import { SECURE_ACCESS } from '../../runtime/devices/device.js';
import { GicV2 } from '../../runtime/devices/gic/gic-v2.js';

const GICD_CTLR = 0x000;
const GICD_TYPER = 0x004;
const GICD_IGROUPR = 0x080;
const GICD_ISENABLER = 0x100;
const GICD_ICENABLER = 0x180;
const GICD_ISPENDR = 0x200;
const GICD_ICPENDR = 0x280;
const GICD_ISACTIVER = 0x300;
const GICD_ICACTIVER = 0x380;
const GICD_IPRIORITYR = 0x400;
const GICD_ITARGETSR = 0x800;
const GICD_ICFGR = 0xc00;
const GICD_SGIR = 0xf00;
const GICD_CPENDSGIR = 0xf10;
const GICD_SPENDSGIR = 0xf20;
const GICC_CTLR = 0x00;
const GICC_PMR = 0x04;
const GICC_BPR = 0x08;
const GICC_IAR = 0x0c;
const GICC_EOIR = 0x10;
const GICC_RPR = 0x14;
const GICC_HPPIR = 0x18;
const GICC_ABPR = 0x1c;
const GICC_AIAR = 0x20;
const GICC_AEOIR = 0x24;
const GICC_AHPPIR = 0x28;
const GICC_APR0 = 0xd0;
const GICC_NSAPR0 = 0xe0;
const GICC_DIR = 0x1000;
const SPURIOUS = 1023;

let gic: GicV2;
let irq: boolean[];
let fiq: boolean[];

function make(cpus: number, securityExtensions = false): void {
  irq = new Array(cpus).fill(false);
  fiq = new Array(cpus).fill(false);
  gic = new GicV2({
    outputs: irq.map((_, cpu) => ({
      irq: (level: boolean) => {
        irq[cpu] = level;
      },
      fiq: (level: boolean) => {
        fiq[cpu] = level;
      },
    })),
    securityExtensions,
  });
}

const d = {
  get: (offset: number, cpu = 0) => gic.distributor.read(offset, 4, cpu),
  set: (offset: number, value: number, cpu = 0) => gic.distributor.write(offset, 4, value, cpu),
  setByte: (offset: number, value: number, cpu = 0) => gic.distributor.write(offset, 1, value, cpu),
};
const c = {
  get: (offset: number, cpu = 0) => gic.cpuInterface.read(offset, 4, cpu),
  set: (offset: number, value: number, cpu = 0) => gic.cpuInterface.write(offset, 4, value, cpu),
};

/** Enables an interrupt for CPU 0 at a priority, level-sensitive. */
function enable(id: number, priority: number, cpuMask = 1): void {
  d.set(GICD_ISENABLER + 4 * (id >> 5), 1 << (id & 31));
  d.setByte(GICD_IPRIORITYR + id, priority);
  d.setByte(GICD_ITARGETSR + id, cpuMask);
}

/** Distributor and CPU interfaces on, all priorities let through. */
function start(cpus: number): void {
  d.set(GICD_CTLR, 1);
  for (let cpu = 0; cpu < cpus; cpu++) {
    c.set(GICC_CTLR, 1, cpu);
    c.set(GICC_PMR, 0xff, cpu);
  }
}

describe('two CPUs, no Security Extensions', () => {
  beforeEach(() => {
    make(2);
    start(2);
  });

  test('identification is that of QEMU virt', () => {
    expect(d.get(GICD_TYPER)).toBe(8 | (1 << 5));
    expect(d.get(0xfe8)).toBe(0x2b);
    expect(c.get(0xfc)).toBe(0x0002043b);
    expect(d.get(GICD_ITARGETSR, 1)).toBe(0x02020202);
  });

  test('a level-sensitive SPI: raised, acknowledged, ended, and raised again while the wire is high', () => {
    enable(33, 0x80);
    expect(irq[0]).toBe(false);
    gic.spi(1)(true);
    expect(irq[0]).toBe(true);
    expect(irq[1]).toBe(false);
    expect(c.get(GICC_HPPIR)).toBe(33);
    expect(c.get(GICC_IAR)).toBe(33);
    expect(irq[0]).toBe(false);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(2);
    expect(c.get(GICC_RPR)).toBe(0x80);
    expect(c.get(GICC_IAR)).toBe(SPURIOUS);
    c.set(GICC_EOIR, 33);
    expect(irq[0]).toBe(true);
    expect(c.get(GICC_RPR)).toBe(0xff);
    gic.spi(1)(false);
    expect(irq[0]).toBe(false);
    expect(d.get(GICD_ISPENDR + 4)).toBe(0);
  });

  test('an edge-triggered SPI stays pending after the wire falls, and is pending again while active', () => {
    enable(33, 0x80);
    d.set(GICD_ICFGR + 8, 2 << 2);
    expect(d.get(GICD_ICFGR + 8)).toBe(8);
    gic.spi(1)(true);
    gic.spi(1)(false);
    expect(d.get(GICD_ISPENDR + 4)).toBe(2);
    expect(c.get(GICC_IAR)).toBe(33);
    expect(d.get(GICD_ISPENDR + 4)).toBe(0);
    gic.spi(1)(true);
    expect(d.get(GICD_ICPENDR + 4)).toBe(2);
    expect(irq[0]).toBe(false);
    c.set(GICC_EOIR, 33);
    expect(c.get(GICC_IAR)).toBe(33);
    c.set(GICC_EOIR, 33);
    // The wire is still high, but there was no new edge.
    expect(c.get(GICC_IAR)).toBe(SPURIOUS);
  });

  test('priorities, the mask and the order of equals', () => {
    enable(40, 0xa0);
    enable(41, 0x60);
    enable(42, 0x60);
    for (const n of [8, 9, 10]) gic.spi(n)(true);
    c.set(GICC_PMR, 0x60);
    expect(irq[0]).toBe(false);
    expect(c.get(GICC_IAR)).toBe(SPURIOUS);
    c.set(GICC_PMR, 0xf0);
    expect(c.get(GICC_IAR)).toBe(41);
    expect(c.get(GICC_IAR)).toBe(SPURIOUS);
    c.set(GICC_EOIR, 41);
    gic.spi(9)(false);
    expect(c.get(GICC_IAR)).toBe(42);
  });

  test('preemption and its end restore the running priority', () => {
    enable(40, 0xa0);
    enable(41, 0x60);
    gic.spi(8)(true);
    expect(c.get(GICC_IAR)).toBe(40);
    gic.spi(9)(true);
    expect(irq[0]).toBe(true);
    expect(c.get(GICC_IAR)).toBe(41);
    expect(c.get(GICC_APR0 + 8)).toBe(1 << 16);
    expect(c.get(GICC_APR0 + 4)).toBe(1 << 16);
    gic.spi(9)(false);
    c.set(GICC_EOIR, 41);
    expect(c.get(GICC_RPR)).toBe(0xa0);
    c.set(GICC_EOIR, 40);
    expect(c.get(GICC_RPR)).toBe(0xff);
  });

  test('the binary point forbids preemption within a group of priorities', () => {
    enable(40, 0xa4);
    enable(41, 0xa0);
    enable(42, 0x80);
    c.set(GICC_BPR, 4); // group priority is bits [7:5]
    gic.spi(8)(true);
    expect(c.get(GICC_IAR)).toBe(40);
    expect(c.get(GICC_RPR)).toBe(0xa0);
    gic.spi(9)(true);
    expect(irq[0]).toBe(false);
    gic.spi(10)(true);
    expect(irq[0]).toBe(true);
    expect(c.get(GICC_IAR)).toBe(42);
  });

  test('binary point 7 leaves no preemption but still lets the first one in', () => {
    enable(40, 0xa0);
    enable(41, 0x00);
    c.set(GICC_BPR, 7);
    gic.spi(8)(true);
    expect(c.get(GICC_IAR)).toBe(40);
    gic.spi(9)(true);
    expect(irq[0]).toBe(false);
    c.set(GICC_EOIR, 40);
    expect(c.get(GICC_IAR)).toBe(41);
  });

  test('EOImode splits the drop of the priority from the deactivation', () => {
    c.set(GICC_CTLR, 1 | (1 << 9));
    enable(33, 0x80);
    gic.spi(1)(true);
    expect(c.get(GICC_IAR)).toBe(33);
    c.set(GICC_EOIR, 33);
    expect(c.get(GICC_RPR)).toBe(0xff);
    expect(irq[0]).toBe(false);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(2);
    c.set(GICC_DIR, 33);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(0);
    expect(irq[0]).toBe(true);
  });

  test('GICC_DIR without EOImode is ignored', () => {
    enable(33, 0x80);
    gic.spi(1)(true);
    c.get(GICC_IAR);
    c.set(GICC_DIR, 33);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(2);
  });

  test('SGIs carry their source, one acknowledge for each', () => {
    d.setByte(GICD_IPRIORITYR + 5, 0x10, 1);
    d.set(GICD_SGIR, (2 << 16) | 5, 0);
    d.set(GICD_SGIR, (2 << 24) | 5, 1);
    expect(irq).toEqual([false, true]);
    expect(d.get(GICD_SPENDSGIR + 4, 1)).toBe(0x0300);
    expect(d.get(GICD_SPENDSGIR + 4, 0)).toBe(0);
    expect(c.get(GICC_IAR, 1)).toBe(5);
    c.set(GICC_EOIR, 5, 1);
    expect(c.get(GICC_IAR, 1)).toBe(5 | (1 << 10));
    c.set(GICC_EOIR, 5 | (1 << 10), 1);
    expect(c.get(GICC_IAR, 1)).toBe(SPURIOUS);
  });

  test('SGI to all but oneself; CPENDSGIR and SPENDSGIR; GICD_ISPENDR leaves SGIs alone', () => {
    d.set(GICD_SGIR, (1 << 24) | 3, 0);
    expect(irq).toEqual([false, true]);
    d.setByte(GICD_CPENDSGIR + 3, 1, 1);
    expect(irq).toEqual([false, false]);
    d.setByte(GICD_SPENDSGIR + 3, 2, 0);
    expect(c.get(GICC_IAR, 0)).toBe(3 | (1 << 10));
    d.set(GICD_ISPENDR, 0xffff, 1);
    expect(d.get(GICD_ISPENDR, 1)).toBe(0);
  });

  test('PPIs and their registers are banked', () => {
    d.set(GICD_ISENABLER, 1 << 27, 1);
    d.setByte(GICD_IPRIORITYR + 27, 0x40, 1);
    gic.ppi(0, 11)(true);
    gic.ppi(1, 11)(true);
    expect(irq).toEqual([false, true]);
    expect(d.get(GICD_ISENABLER, 0)).toBe(0xffff);
    expect(d.get(GICD_IPRIORITYR + 24, 0)).toBe(0);
    expect(d.get(GICD_IPRIORITYR + 24, 1)).toBe(0x40000000);
    expect(c.get(GICC_IAR, 1)).toBe(27);
    expect(d.get(GICD_ISPENDR, 0)).toBe(1 << 27);
  });

  test('SGIs cannot be disabled and are edge-triggered', () => {
    d.set(GICD_ICENABLER, 0xffffffff);
    expect(d.get(GICD_ISENABLER)).toBe(0xffff);
    d.set(GICD_ICFGR, 0);
    expect(d.get(GICD_ICFGR)).toBe(0xaaaaaaaa);
  });

  test('targets decide which CPU an SPI goes to, also while it is pending', () => {
    enable(33, 0x80, 2);
    gic.spi(1)(true);
    expect(irq).toEqual([false, true]);
    d.setByte(GICD_ITARGETSR + 33, 1);
    expect(irq).toEqual([true, false]);
    d.setByte(GICD_ITARGETSR + 33, 0xff);
    expect(d.get(GICD_ITARGETSR + 32)).toBe(0x0300);
    expect(irq).toEqual([true, true]);
    expect(c.get(GICC_IAR, 1)).toBe(33);
    expect(irq).toEqual([false, false]);
  });

  test('set and clear registers of pending and active', () => {
    enable(64, 0x20);
    d.set(GICD_ISPENDR + 8, 1);
    expect(irq[0]).toBe(true);
    d.set(GICD_ICPENDR + 8, 1);
    expect(irq[0]).toBe(false);
    d.set(GICD_ISACTIVER + 8, 1);
    gic.spi(32)(true);
    expect(irq[0]).toBe(false);
    d.set(GICD_ICACTIVER + 8, 1);
    expect(irq[0]).toBe(true);
    // A level-sensitive wire that is high stays pending whatever is cleared.
    d.set(GICD_ICPENDR + 8, 1);
    expect(irq[0]).toBe(true);
  });

  test('the last interrupt works, what lies beyond is not there', () => {
    enable(287, 0x20);
    gic.spi(255)(true);
    expect(c.get(GICC_IAR)).toBe(287);
    c.set(GICC_EOIR, 287);
    d.set(GICD_ISENABLER + 4 * 9, 0xffffffff);
    expect(d.get(GICD_ISENABLER + 4 * 9)).toBe(0);
    expect(() => gic.spi(256)).toThrow(RangeError);
  });

  test('both groups are there: Group 0 as FIQ, Group 1 as IRQ', () => {
    enable(33, 0x80);
    enable(34, 0x40);
    d.set(GICD_IGROUPR + 4, 1 << 2);
    expect(d.get(GICD_IGROUPR + 4)).toBe(4);
    d.set(GICD_CTLR, 3);
    c.set(GICC_CTLR, 1 | 2 | 8);
    gic.spi(2)(true);
    expect([irq[0], fiq[0]]).toEqual([true, false]);
    // Without AckCtl GICC_IAR does not take a Group 1 interrupt; GICC_AIAR does.
    expect(c.get(GICC_IAR)).toBe(1022);
    expect(c.get(GICC_HPPIR)).toBe(1022);
    expect(c.get(GICC_AHPPIR)).toBe(34);
    expect(c.get(GICC_AIAR)).toBe(34);
    expect(c.get(GICC_NSAPR0 + 4)).toBe(1);
    gic.spi(1)(true);
    expect([irq[0], fiq[0]]).toEqual([false, false]);
    gic.spi(2)(false);
    c.set(GICC_AEOIR, 34);
    expect([irq[0], fiq[0]]).toEqual([false, true]);
    expect(c.get(GICC_AIAR)).toBe(SPURIOUS);
    expect(c.get(GICC_IAR)).toBe(33);
  });

  test('AckCtl lets GICC_IAR take Group 1', () => {
    enable(34, 0x40);
    d.set(GICD_IGROUPR + 4, 1 << 2);
    d.set(GICD_CTLR, 2);
    c.set(GICC_CTLR, 2 | 4);
    gic.spi(2)(true);
    expect(c.get(GICC_IAR)).toBe(34);
  });

  test('the Distributor forwards only enabled groups', () => {
    enable(33, 0x80);
    enable(34, 0x40);
    d.set(GICD_IGROUPR + 4, 1 << 2);
    c.set(GICC_CTLR, 3);
    gic.spi(1)(true);
    gic.spi(2)(true);
    expect(c.get(GICC_IAR)).toBe(33);
  });

  test('ABPR rules Group 1 unless CBPR', () => {
    c.set(GICC_ABPR, 0);
    expect(c.get(GICC_ABPR)).toBe(1);
    enable(40, 0xa4);
    enable(41, 0xa0);
    d.set(GICD_IGROUPR + 4, 0xffffffff);
    d.set(GICD_CTLR, 2);
    c.set(GICC_CTLR, 2 | 4);
    c.set(GICC_ABPR, 5); // group priority is bits [7:5]
    gic.spi(8)(true);
    expect(c.get(GICC_IAR)).toBe(40);
    gic.spi(9)(true);
    expect(irq[0]).toBe(false);
    gic.spi(9)(false);
    c.set(GICC_EOIR, 40);
    c.set(GICC_CTLR, 2 | 4 | 16); // CBPR: GICC_BPR, which is 0
    expect(c.get(GICC_IAR)).toBe(40);
    gic.spi(9)(true);
    expect(irq[0]).toBe(true);
  });

  test('saving and restoring the active priorities', () => {
    enable(40, 0xa0);
    gic.spi(8)(true);
    c.get(GICC_IAR);
    const saved = c.get(GICC_APR0 + 8);
    c.set(GICC_APR0 + 8, 0);
    expect(c.get(GICC_RPR)).toBe(0xff);
    c.set(GICC_APR0 + 8, saved);
    expect(c.get(GICC_RPR)).toBe(0xa0);
  });

  test('a spurious EOI does nothing', () => {
    enable(33, 0x80);
    gic.spi(1)(true);
    c.get(GICC_IAR);
    c.set(GICC_EOIR, 1023);
    expect(c.get(GICC_RPR)).toBe(0x80);
  });

  test('reset keeps the wires and forgets the rest', () => {
    enable(33, 0x80);
    gic.spi(1)(true);
    expect(irq[0]).toBe(true);
    gic.reset();
    expect(irq[0]).toBe(false);
    expect(d.get(GICD_ISENABLER + 4)).toBe(0);
    expect(d.get(GICD_ISPENDR + 4)).toBe(2);
    start(2);
    enable(33, 0x80);
    expect(irq[0]).toBe(true);
  });

  test('byte accesses touch their byte only', () => {
    d.set(GICD_IGROUPR + 4, 0xff00ff00);
    d.setByte(GICD_IGROUPR + 5, 0x0f);
    expect(d.get(GICD_IGROUPR + 4)).toBe(0xff000f00);
    d.set(GICD_IPRIORITYR + 32, 0x11223344);
    d.setByte(GICD_IPRIORITYR + 34, 0x55);
    expect(d.get(GICD_IPRIORITYR + 32)).toBe(0x11553344);
    expect(gic.distributor.read(GICD_IPRIORITYR + 34, 1, 0)).toBe(0x55);
    d.set(GICD_ISENABLER + 4, 0xffffffff);
    gic.distributor.write(GICD_ICENABLER + 6, 2, 0xffff, 0);
    expect(d.get(GICD_ISENABLER + 4)).toBe(0x0000ffff);
  });
});

test('a uniprocessor GIC has no targets and sends all to CPU 0', () => {
  make(1);
  start(1);
  enable(33, 0x80, 0);
  expect(d.get(GICD_ITARGETSR)).toBe(0);
  gic.spi(1)(true);
  expect(c.get(GICC_IAR)).toBe(33);
});

describe('Security Extensions', () => {
  const S = SECURE_ACCESS;
  beforeEach(() => {
    make(1, true);
    d.set(GICD_CTLR, 3, S);
    // SPI 1 is Group 0, SPI 2 is Group 1.
    d.set(GICD_IGROUPR + 4, 1 << 2, S);
    d.set(GICD_ISENABLER + 4, 6, S);
    d.setByte(GICD_IPRIORITYR + 33, 0x40, S);
    d.setByte(GICD_IPRIORITYR + 34, 0xa0, S);
    c.set(GICC_CTLR, 1 | 2 | 8, S);
    c.set(GICC_PMR, 0xff, S);
  });

  test('TYPER says so; the Non-secure GICD_CTLR is EnableGrp1', () => {
    expect(d.get(GICD_TYPER) & (1 << 10)).not.toBe(0);
    expect(d.get(GICD_CTLR)).toBe(1);
    d.set(GICD_CTLR, 0);
    expect(d.get(GICD_CTLR, S)).toBe(1);
  });

  test('Group 0 is hidden from Non-secure accesses', () => {
    expect(d.get(GICD_IGROUPR + 4)).toBe(0);
    expect(d.get(GICD_ISENABLER + 4)).toBe(4);
    d.set(GICD_ICENABLER + 4, 0xffffffff);
    expect(d.get(GICD_ISENABLER + 4, S)).toBe(2);
    d.setByte(GICD_IPRIORITYR + 33, 0x10);
    expect(d.get(GICD_IPRIORITYR + 32, S)).toBe(0x00a04000);
  });

  test('the Non-secure view of priorities', () => {
    expect(d.get(GICD_IPRIORITYR + 32)).toBe(0x00400000);
    d.setByte(GICD_IPRIORITYR + 34, 0x20);
    expect(d.get(GICD_IPRIORITYR + 32, S)).toBe(0x00904000);
    expect(c.get(GICC_PMR)).toBe(0xfe);
    c.set(GICC_PMR, 0x80);
    expect(c.get(GICC_PMR, S)).toBe(0xc0);
    c.set(GICC_PMR, 0x70, S);
    expect(c.get(GICC_PMR)).toBe(0);
    c.set(GICC_PMR, 0xff);
    expect(c.get(GICC_PMR, S)).toBe(0x70);
  });

  test('Group 0 as FIQ is taken by Secure accesses only', () => {
    gic.spi(1)(true);
    expect([irq[0], fiq[0]]).toEqual([false, true]);
    expect(c.get(GICC_IAR)).toBe(SPURIOUS);
    expect(c.get(GICC_IAR, S)).toBe(33);
    expect(c.get(GICC_RPR)).toBe(0);
    c.set(GICC_EOIR, 33);
    expect(c.get(GICC_RPR, S)).toBe(0x40);
    c.set(GICC_EOIR, 33, S);
    expect(c.get(GICC_RPR, S)).toBe(0xff);
  });

  test('Group 1 as IRQ is taken by Non-secure accesses', () => {
    gic.spi(2)(true);
    expect([irq[0], fiq[0]]).toEqual([true, false]);
    expect(c.get(GICC_IAR, S)).toBe(1022);
    expect(c.get(GICC_IAR)).toBe(34);
    expect(c.get(GICC_RPR)).toBe(0x40);
    expect(c.get(GICC_APR0)).toBe(1 << 16);
    c.set(GICC_EOIR, 34);
    expect(c.get(GICC_RPR)).toBe(0xff);
  });

  test('the two EOI modes are separate', () => {
    c.set(GICC_CTLR, 1 | (1 << 9));
    expect(c.get(GICC_CTLR)).toBe(1 | (1 << 9));
    expect(c.get(GICC_CTLR, S)).toBe(1 | 2 | 8 | (1 << 10));
    gic.spi(2)(true);
    c.get(GICC_IAR);
    c.set(GICC_EOIR, 34);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(4);
    c.set(GICC_DIR, 34);
    expect(d.get(GICD_ISACTIVER + 4)).toBe(0);
  });

  test('SGIs go to the group that NSATT names', () => {
    d.set(GICD_IGROUPR, 1 << 7, S);
    d.set(GICD_SGIR, (2 << 24) | 7, S);
    expect(d.get(GICD_ISPENDR, S)).toBe(0);
    d.set(GICD_SGIR, (2 << 24) | (1 << 15) | 7, S);
    expect(d.get(GICD_ISPENDR, S)).toBe(1 << 7);
    d.set(GICD_SGIR, (2 << 24) | 8);
    expect(d.get(GICD_ISPENDR, S)).toBe(1 << 7);
  });

  test('the Non-secure binary point is GICC_ABPR', () => {
    c.set(GICC_BPR, 3);
    expect(c.get(GICC_ABPR, S)).toBe(3);
    expect(c.get(GICC_BPR, S)).toBe(0);
    c.set(GICC_CTLR, 1 | 2 | 16, S);
    c.set(GICC_BPR, 2, S);
    expect(c.get(GICC_BPR)).toBe(3);
    c.set(GICC_BPR, 6);
    expect(c.get(GICC_ABPR, S)).toBe(3);
  });
});
