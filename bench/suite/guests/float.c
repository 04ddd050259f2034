/* VFP in double precision, and Advanced SIMD on floats and integers. */
#include <arm_neon.h>
#include "guest.h"

static float points[4096];

u32 run(void) {
  double sum = 0;
  u32 inside = 0, seed = 7;
  for (int y = 0; y < 160; y++) {
    for (int x = 0; x < 160; x++) {
      double cr = x / 80.0 - 1.5, ci = y / 80.0 - 1.0, r = 0, i = 0;
      int n = 0;
      while (n < 60 && r * r + i * i < 4) {
        double t = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = t;
        n++;
      }
      inside += n;
      sum += r * i;
    }
  }
  for (u32 i = 0; i < 4096; i++) points[i] = (float)(next(&seed) >> 8) / 65536.0f;
  float32x4_t total = vdupq_n_f32(0);
  uint32x4_t bits = vdupq_n_u32(0);
  for (int round = 0; round < 300; round++) {
    float32x4_t factor = vdupq_n_f32(1.0f + round / 256.0f);
    for (u32 i = 0; i < 4096; i += 4) {
      float32x4_t value = vld1q_f32(points + i);
      total = vmlaq_f32(total, value, factor);
      bits = veorq_u32(vaddq_u32(bits, vcvtq_u32_f32(value)), vshlq_n_u32(bits, 3));
    }
  }
  float lanes[4];
  vst1q_f32(lanes, total);
  return inside + (u32)(long)sum + (u32)lanes[0] + vgetq_lane_u32(bits, 1);
}
