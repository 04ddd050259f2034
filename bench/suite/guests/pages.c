/* A walk from page to page over more pages than most TLBs hold, with all entries invalidated now and then. */
#include "guest.h"

enum { PAGES = FREE_BYTES / PAGE };

u32 run(void) {
  u32 sum = 0, seed = 3;
  open_window();
  for (u32 i = 0; i < PAGES; i++) map_page((u32)WINDOW + i * PAGE, FREE_RAM + i * PAGE);
  barrier();
  /* One cycle through all pages, in an order that is no order. */
  u32 at = 0;
  for (u32 i = 0; i < PAGES; i++) {
    u32 to = (at + 977) % PAGES;
    *(u32 *)(WINDOW + at * PAGE + (at * 68 & 4092)) = to;
    at = to;
  }
  for (u32 round = 0; round < 300; round++) {
    for (u32 i = 0; i < PAGES; i++) {
      u32 *cell = (u32 *)(WINDOW + at * PAGE + (at * 68 & 4092));
      at = *cell;
      sum += at ^ next(&seed);
    }
    __asm__ volatile("mcr p15, 0, %0, c8, c7, 0" ::"r"(0)); /* TLBIALL */
    barrier();
  }
  return sum;
}
