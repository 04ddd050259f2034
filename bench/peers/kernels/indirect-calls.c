/* Calls one of sixteen functions through a pointer, in an order that changes each time. */
#include "runtime.h"

typedef u32 (*function)(u32);

#define FUNCTION(n) __attribute__((noinline)) static u32 f##n(u32 x) { return x * (2 * n + 5) + n; }
FUNCTION(0) FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7)
FUNCTION(8) FUNCTION(9) FUNCTION(10) FUNCTION(11) FUNCTION(12) FUNCTION(13) FUNCTION(14) FUNCTION(15)

static const function functions[16] = {f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15};

u32 run(void) {
  u32 x = 1;
  for (u32 n = 0; n < 70000000; n++) x = functions[(x >> 13 ^ n) & 15](x);
  return x;
}
