/* Maps 4 MiB, touches every page, gives them back. */
#include "runtime.h"

#define BYTES (4u << 20)

u32 run(void) {
  u32 sum = 0;
  for (u32 n = 0; n < 120; n++) {
    volatile u8 *bytes = map(BYTES, PROT_READ | PROT_WRITE);
    for (u32 at = 0; at < BYTES; at += 4096) {
      bytes[at] = n + 1;
      sum += bytes[at] + bytes[at + 1];
    }
    call2(SYS_munmap, bytes, BYTES);
  }
  return sum;
}
