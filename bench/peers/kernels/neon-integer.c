/* Advanced SIMD on integers: blends two lines of pixels, with widening multiplies, narrowing shifts and saturation. */
#include <arm_neon.h>
#include "runtime.h"

#define BYTES 4096

static u8 from[BYTES], to[BYTES];

u32 run(void) {
  for (u32 i = 0; i < BYTES; i++) from[i] = i * 7 >> 2, to[i] = i * 13 >> 3;
  for (u32 n = 0; n < 80000; n++) {
    uint8x8_t alpha = vdup_n_u8(n), beta = vdup_n_u8(~n);
    for (u32 i = 0; i < BYTES; i += 16) {
      uint8x16_t a = vld1q_u8(from + i), b = vld1q_u8(to + i);
      uint16x8_t low = vmlal_u8(vmull_u8(vget_low_u8(a), alpha), vget_low_u8(b), beta);
      uint16x8_t high = vmlal_u8(vmull_u8(vget_high_u8(a), alpha), vget_high_u8(b), beta);
      uint8x16_t blended = vcombine_u8(vqrshrn_n_u16(low, 8), vqrshrn_n_u16(high, 8));
      vst1q_u8(to + i, vqaddq_u8(veorq_u8(blended, vextq_u8(a, b, 3)), vdupq_n_u8(1)));
    }
  }
  u32 sum = 0;
  for (u32 i = 0; i < BYTES; i++) sum = sum * 31 + to[i];
  return sum;
}
