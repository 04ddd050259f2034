/* Two processes pass a byte to and fro through pipes. */
#include "runtime.h"

#define ROUNDS 20000

u32 run(void) {
  int there[2], back[2];
  call1(SYS_pipe, there);
  call1(SYS_pipe, back);
  u8 byte = 0;
  long child = call0(SYS_fork);
  if (child == 0) {
    for (u32 n = 0; n < ROUNDS; n++) {
      call3(SYS_read, there[0], &byte, 1);
      byte++;
      call3(SYS_write, back[1], &byte, 1);
    }
    for (;;) call1(SYS_exit_group, 0);
  }
  for (u32 n = 0; n < ROUNDS; n++) {
    call3(SYS_write, there[1], &byte, 1);
    call3(SYS_read, back[0], &byte, 1);
  }
  call4(SYS_wait4, child, 0, 0, 0);
  return byte;
}
