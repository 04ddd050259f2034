/* Accesses to device registers, and memory accesses that are no plain ones: unaligned, over page ends, exclusive. */
#include "guest.h"

u32 run(void) {
  u32 sum = 0, seed = 13;
  static u8 bytes[3 * PAGE] __attribute__((aligned(4096)));
  static u32 lock;
  for (u32 i = 0; i < 150000; i++) {
    sum += UART[6];             /* UARTFR */
    DISTRIBUTOR[0x400 / 4 + (i & 7)] = i << 3 & 0xf8;
    sum ^= DISTRIBUTOR[0x400 / 4 + (i & 7)];
  }
  for (u32 i = 0; i < 1000000; i++) {
    u32 *place = (u32 *)(bytes + next(&seed) % (2 * PAGE));
    sum += *place;
    *place = sum;
    place = (u32 *)(bytes + PAGE - 1 - (i & 1));
    *place += i;
    __atomic_fetch_add(&lock, i, __ATOMIC_SEQ_CST);
  }
  return sum + lock;
}
