/* A load, a store, arithmetic and two conditional instructions on a table of 1 KiB. */
#include "runtime.h"

static u32 table[256];

u32 run(void) {
  u32 sum = 1;
  for (u32 n = 300000000; n != 0; n--) {
    u32 value = table[n & 255];
    if (value > sum) sum -= value;
    else sum += n;
    table[n & 255] = sum;
  }
  return sum;
}
