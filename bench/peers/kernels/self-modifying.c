/* Writes a function, makes it visible as the architecture wants it, calls it a few times; as a just-in-time compiler does. */
#include "runtime.h"

typedef u32 (*function)(void);

u32 run(void) {
  u32 *code = map(4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  u32 sum = 0;
  for (u32 n = 0; n < 200000; n++) {
    u32 value = n & 0xff;
#ifdef __thumb__
    *code = 0x47702000 | value; /* movs r0, #value; bx lr */
    function f = (function)((u32)code | 1);
#else
    code[0] = 0xe3a00000 | value; /* mov r0, #value */
    code[1] = 0xe12fff1e; /* bx lr */
    function f = (function)code;
#endif
    call3(SYS_cacheflush, code, code + 2, 0);
    for (u32 i = 0; i < 4; i++) sum = sum * 5 + f();
  }
  return sum;
}
