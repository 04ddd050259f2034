/* Supervisor calls from User mode, pages that are mapped when they are touched, undefined instructions. */
#include "guest.h"

static u32 faults;

u32 guest_call(u32 a, u32 b) { return a * 31 + b; }

void guest_abort(u32 address) {
  faults++;
  map_page(address & ~(PAGE - 1u), FREE_RAM + (faults * PAGE) % FREE_BYTES);
  barrier();
}

static u32 call(u32 a, u32 b) {
  register u32 r0 __asm__("r0") = a;
  register u32 r1 __asm__("r1") = b;
  __asm__ volatile("svc 0" : "+r"(r0) : "r"(r1) : "lr", "memory");
  return r0;
}

static u32 work(void) {
  u32 sum = 0;
  for (u32 i = 0; i < 250000; i++) sum = call(sum, i);
  return sum;
}

u32 run(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 12; round++) {
    open_window();
    __asm__ volatile("mcr p15, 0, %0, c8, c7, 0" ::"r"(0)); /* TLBIALL */
    barrier();
    for (u32 i = 0; i < FREE_BYTES; i += PAGE) WINDOW[i] = i >> 12;
    sum += faults;
  }
  for (int i = 0; i < 100000; i++) __asm__ volatile(".inst 0xe7f000f0"); /* UDF */
  /* User mode, with the stack of Supervisor mode; back by System mode. */
  register u32 held __asm__("r4");
  __asm__ volatile("mov %0, sp\n cps #0x1f\n mov sp, %0\n" : "=r"(held)::"memory");
  __asm__ volatile("cps #0x10" ::: "memory");
  sum += work();
  return sum;
}
