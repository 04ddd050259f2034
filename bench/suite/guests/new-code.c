/* Code that is made at run time: many small functions, each hot for a moment, then other ones in the same place. */
#include "guest.h"

enum { FUNCTIONS = 64, WORDS = 16, GENERATIONS = 40, CALLS = 500 };

static u32 code[FUNCTIONS][WORDS] __attribute__((aligned(4096)));

u32 run(void) {
  u32 sum = 0, seed = 11;
  for (u32 generation = 0; generation < GENERATIONS; generation++) {
    for (u32 f = 0; f < FUNCTIONS; f++) {
      u32 i = 0;
      while (i < WORDS - 3) {
        u32 choice = next(&seed) >> 29, value = next(&seed) >> 24;
        code[f][i++] = choice < 3   ? 0xe2800000 | value          /* add r0, r0, #value */
                       : choice < 5 ? 0xe2200000 | value          /* eor r0, r0, #value */
                       : choice < 7 ? 0xe0800060 | (value & 31) << 7 /* add r0, r0, r0, ror #n */
                                    : 0xe2400000 | value;         /* sub r0, r0, #value */
      }
      code[f][i++] = 0xe2511001; /* subs r1, r1, #1 */
      code[f][i++] = 0x1afffff1; /* bne, to the function's start */
      code[f][i] = 0xe12fff1e;   /* bx lr */
    }
    __asm__ volatile("dsb\n mcr p15, 0, %0, c7, c5, 0\n dsb\n isb" ::"r"(0) : "memory"); /* ICIALLU */
    for (u32 f = 0; f < FUNCTIONS; f++) sum = ((u32(*)(u32, u32))code[f])(sum, CALLS);
  }
  return sum;
}
