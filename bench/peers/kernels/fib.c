/* Recursive calls and returns. */
#include "runtime.h"

__attribute__((noinline, optimize("no-optimize-sibling-calls", "no-inline"))) static u32 fib(u32 n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

u32 run(void) {
  u32 sum = 0;
  for (u32 n = 0; n < 16; n++) {
    u32 argument = 32;
    __asm__ volatile("" : "+r"(argument)); /* or one call would do for all */
    sum = sum * 3 + fib(argument);
  }
  return sum;
}
