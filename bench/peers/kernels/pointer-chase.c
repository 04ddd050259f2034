/* Follows pointers through 64 MiB, one a line of 64 bytes, in an order that no TLB or cache helps with. */
#include "runtime.h"

#define LINES (1u << 20)

struct line {
  struct line *next;
  u32 rest[15];
};

u32 run(void) {
  struct line *lines = map(LINES * sizeof(struct line), PROT_READ | PROT_WRITE);
  /* A full-period congruential generator visits every line once a round. */
  for (u32 i = 0; i < LINES; i++) lines[i].next = &lines[(i * 1664525 + 1013904223) & (LINES - 1)];
  struct line *at = lines;
  for (u32 n = 0; n < 8000000; n++) at = at->next;
  return (u32)(at - lines);
}
