import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { CNTHCTL } from '../../../jit/abi/registers.js';
import type { TimerChannel } from '../../devices/generic-timer.js';
import type { SystemContext } from './context.js';
import {
  HYP_RW,
  PL0_RO,
  PL0_RW,
  PL0R_PL1W,
  PL1_RW,
  type Register,
  type Trap,
  type WideRegister,
} from './register.js';

/** CNTKCTL bits that let User mode in (ARM DDI 0406C B4.1.26). */
const PL0PCTEN = 1 << 0;
const PL0VCTEN = 1 << 1;
const PL0VTEN = 1 << 8;
const PL0PTEN = 1 << 9;

const COUNTER_TRAP: Trap = { register: CPU.CNTHCTL, mask: CNTHCTL.PL1PCTEN, whenClear: true };
const TIMER_TRAP: Trap = { register: CPU.CNTHCTL, mask: CNTHCTL.PL1PCEN, whenClear: true };

/** An access condition: any of `bits` of CNTKCTL is set, or the mode is privileged. */
function userNeeds(bits: number): (context: SystemContext) => boolean {
  return ({ state }) => state.mode !== Mode.USR || (state.get(CPU.CNTKCTL) & bits) !== 0;
}

type Channel = (context: SystemContext, bank: number) => TimerChannel;
/** CNTP_* is banked: SCR.NS = 0 reaches the Secure timer. */
const physical: Channel = ({ timer }, bank) => (bank === 0 ? timer.nonSecurePhysical : timer.securePhysical);
const virtual: Channel = ({ timer }) => timer.virtual;
const hyp: Channel = ({ timer }) => timer.hyp;

function channelRegisters(
  prefix: string,
  crm: number,
  channel: Channel,
  more: Partial<Register>,
): readonly Register[] {
  const common = { opc1: 0, crn: 14, crm, access: PL0_RW, ...more };
  return [
    {
      ...common,
      name: `${prefix}_TVAL`,
      opc2: 0,
      read: (context, bank) => channel(context, bank).readTVAL(),
      write: (context, value, bank) => channel(context, bank).writeTVAL(value),
    },
    {
      ...common,
      name: `${prefix}_CTL`,
      opc2: 1,
      read: (context, bank) => channel(context, bank).readCTL(),
      write: (context, value, bank) => channel(context, bank).writeCTL(value),
    },
  ];
}

function compareValue(
  name: string,
  opc1: number,
  channel: Channel,
  more: Partial<WideRegister>,
): WideRegister {
  return {
    name,
    opc1,
    crm: 14,
    access: PL0_RW,
    ...more,
    readLow: (context, bank) => channel(context, bank).readCVALLow(),
    readHigh: (context, bank) => channel(context, bank).readCVALHigh(),
    write: (context, low, high, bank) => channel(context, bank).writeCVAL(high, low),
  };
}

const HYP = { opc1: 4, access: HYP_RW, needs: 'virtualization' } as const;

/** Generic Timer (B8). */
export const timers: readonly Register[] = [
  {
    name: 'CNTFRQ',
    opc1: 0,
    crn: 14,
    crm: 0,
    opc2: 0,
    access: PL0R_PL1W,
    allowed: (context, isWrite) => {
      const { features, state } = context;
      if (!isWrite) return userNeeds(PL0PCTEN | PL0VCTEN)(context);
      // Only the most privileged software there is sets it.
      if (features.security) return context.state.mode === Mode.MON || (state.get(CPU.SCR) & 1) === 0;
      return !features.virtualization || state.mode === Mode.HYP;
    },
    read: ({ timer }) => timer.frequency,
    write: ({ timer }, value) => {
      timer.frequency = value >>> 0;
    },
  },
  {
    name: 'CNTKCTL',
    opc1: 0,
    crn: 14,
    crm: 1,
    opc2: 0,
    access: PL1_RW,
    field: CPU.CNTKCTL,
    mask: 0x3ff,
    reset: 0,
  },
  ...channelRegisters('CNTP', 2, physical, {
    allowed: userNeeds(PL0PTEN),
    trap: TIMER_TRAP,
    banked: true,
  }),
  ...channelRegisters('CNTV', 3, virtual, { allowed: userNeeds(PL0VTEN) }),
  {
    ...HYP,
    name: 'CNTHCTL',
    crn: 14,
    crm: 1,
    opc2: 0,
    field: CPU.CNTHCTL,
    mask: 0xff,
    reset: 3,
  },
  ...channelRegisters('CNTHP', 2, hyp, HYP),
];

export const timersWide: readonly WideRegister[] = [
  {
    name: 'CNTPCT',
    opc1: 0,
    crm: 14,
    access: PL0_RO,
    allowed: userNeeds(PL0PCTEN),
    trap: COUNTER_TRAP,
    readLow: ({ timer }) => timer.readCounter(),
    readHigh: ({ timer }) => timer.counterHigh,
  },
  {
    name: 'CNTVCT',
    opc1: 1,
    crm: 14,
    access: PL0_RO,
    allowed: userNeeds(PL0VCTEN),
    readLow: ({ timer }) => timer.readVirtualCounter(),
    readHigh: ({ timer }) => timer.counterHigh,
  },
  compareValue('CNTP_CVAL', 2, physical, { allowed: userNeeds(PL0PTEN), trap: TIMER_TRAP, banked: true }),
  compareValue('CNTV_CVAL', 3, virtual, { allowed: userNeeds(PL0VTEN) }),
  {
    name: 'CNTVOFF',
    opc1: 4,
    crm: 14,
    access: HYP_RW,
    needs: 'virtualization',
    readLow: ({ timer }) => timer.readCNTVOFFLow(),
    readHigh: ({ timer }) => timer.readCNTVOFFHigh(),
    write: ({ timer }, low, high) => timer.setCNTVOFF(high, low),
  },
  compareValue('CNTHP_CVAL', 6, hyp, { access: HYP_RW, needs: 'virtualization' }),
];
