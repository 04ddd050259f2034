/* Double-precision VFP: a Mandelbrot set, with a division and a square root a point. */
#include "runtime.h"

#define SIZE 1000

u32 run(void) {
  u32 inside = 0;
  double length = 0;
  for (u32 row = 0; row < SIZE; row++) {
    for (u32 column = 0; column < SIZE; column++) {
      double cr = 3.0 * column / SIZE - 2.25, ci = 3.0 * row / SIZE - 1.5;
      double r = 0, i = 0;
      u32 n = 0;
      for (; n < 100; n++) {
        double rr = r * r, ii = i * i;
        if (rr + ii > 4) break;
        i = 2 * r * i + ci;
        r = rr - ii + cr;
      }
      inside += n;
      double square = r * r + i * i;
      __asm__("vsqrt.f64 %P0, %P1" : "=w"(square) : "w"(square));
      length += square;
    }
  }
  return inside ^ (u32)(length * 16);
}
