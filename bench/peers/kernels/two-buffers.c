/* Reads one buffer and writes another exactly 1 MiB behind it: TLBs indexed by the low bits of the page miss each time. */
#include "runtime.h"

#define WORDS (1 << 18)

static u32 buffers[2][WORDS] __attribute__((aligned(1 << 20)));

u32 run(void) {
  u32 sum = 0;
  for (u32 pass = 0; pass < 160; pass++) {
    for (u32 i = 0; i < WORDS; i++) {
      u32 value = buffers[0][i] + pass;
      __asm__ volatile("" : "+r"(value)); /* not a job for vectors */
      buffers[1][i] = value;
      sum ^= value;
    }
    buffers[0][pass] = sum;
  }
  return sum ^ buffers[1][7];
}
