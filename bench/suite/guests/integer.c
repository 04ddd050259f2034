/* Integer arithmetic, tables, sorting and calls: what most programs do. */
#include "guest.h"

static u32 crc_table[256];
static u32 numbers[4096];

static u32 crc(const u8 *bytes, u32 count, u32 value) {
  for (u32 i = 0; i < count; i++) value = crc_table[(value ^ bytes[i]) & 255] ^ value >> 8;
  return value;
}

static void sort(u32 *from, u32 *to) {
  while (from < to) {
    u32 *low = from, *high = to, middle = from[(to - from) / 2];
    while (low <= high) {
      while (*low < middle) low++;
      while (*high > middle) high--;
      if (low <= high) {
        u32 held = *low;
        *low++ = *high;
        *high-- = held;
      }
    }
    sort(from, high);
    from = low;
  }
}

static u32 __attribute__((noinline)) fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

u32 run(void) {
  u32 seed = 1, value = 0;
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
    crc_table[i] = c;
  }
  for (int round = 0; round < 60; round++) {
    for (u32 i = 0; i < 4096; i++) numbers[i] = next(&seed);
    sort(numbers, numbers + 4095);
    value = crc((const u8 *)numbers, sizeof numbers, value);
  }
  return value + fibonacci(27);
}
