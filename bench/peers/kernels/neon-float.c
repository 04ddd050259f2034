/* Advanced SIMD on single-precision numbers: products of 4x4 matrices. */
#include <arm_neon.h>
#include "runtime.h"

u32 run(void) {
  float32x4_t rotation[4], m[4];
  static const float start[4][4] = {{0.8f, -0.6f, 0, 0}, {0.6f, 0.8f, 0, 0}, {0, 0, 0.28f, -0.96f}, {0, 0, 0.96f, 0.28f}};
  for (u32 i = 0; i < 4; i++) m[i] = rotation[i] = vld1q_f32(start[i]);
  for (u32 n = 0; n < 3500000; n++) {
    for (u32 i = 0; i < 4; i++) {
      float32x4_t row = m[i];
      float32x4_t sum = vmulq_lane_f32(rotation[0], vget_low_f32(row), 0);
      sum = vmlaq_lane_f32(sum, rotation[1], vget_low_f32(row), 1);
      sum = vmlaq_lane_f32(sum, rotation[2], vget_high_f32(row), 0);
      m[i] = vmlaq_lane_f32(sum, rotation[3], vget_high_f32(row), 1);
    }
  }
  u32 bits = 0;
  for (u32 i = 0; i < 4; i++) bits = bits * 31 + (u32)vgetq_lane_s32(vcvtq_n_s32_f32(m[i], 8), 0);
  return bits;
}
