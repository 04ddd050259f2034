/* A timer that interrupts a computation every 20 000 ns, and sleep until it does. */
#include "guest.h"

enum { TIMER = 27, TICKS = 20000 / 16 }; /* the virtual timer's PPI; a tick is 16 ns */

static volatile u32 count;

static void arm_timer(void) {
  __asm__ volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(TICKS)); /* CNTV_TVAL */
  __asm__ volatile("mcr p15, 0, %0, c14, c3, 1\n isb" ::"r"(1)); /* CNTV_CTL */
}

void guest_interrupt(void) {
  u32 id = CPU_INTERFACE[3];
  count++;
  arm_timer();
  CPU_INTERFACE[4] = id;
}

u32 run(void) {
  u32 sum = 0, seed = 5;
  DISTRIBUTOR[0] = 1;
  DISTRIBUTOR[0x100 / 4] = 1 << TIMER;
  CPU_INTERFACE[1] = 0xf0;
  CPU_INTERFACE[0] = 1;
  arm_timer();
  __asm__ volatile("cpsie i");
  for (u32 i = 0; i < 6000000; i++) sum += next(&seed) >> 7;
  for (u32 from = count; count - from < 3000;) __asm__ volatile("dsb\n wfi");
  __asm__ volatile("cpsid i");
  return sum + count;
}
