/* What the guests of the suite share. They print "BENCH checksum N", so that two runs that differ are seen to differ. */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned long long u64;

#define UART ((volatile u32 *)0x09000000)
#define DISTRIBUTOR ((volatile u32 *)0x08000000)
#define CPU_INTERFACE ((volatile u32 *)0x08010000)

/* The first-level table; the second-level tables of the megabytes from 0x80000000 on; RAM that nobody else has. */
extern u32 table[4096];
#define WINDOW ((u8 *)0x80000000)
#define FREE_RAM 0x40800000u
enum { FREE_BYTES = 8 << 20, PAGE = 4096 };

/* What a guest computes. */
u32 run(void);

/* What a guest may have of its own. */
u32 guest_call(u32 a, u32 b);
void guest_abort(u32 address);
void guest_interrupt(void);

static inline void barrier(void) { __asm__ volatile("dsb\n isb" ::: "memory"); }

static inline u32 next(u32 *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed;
}

/* Maps the page at an address in the window to RAM; needs barrier() before the first access, and TLBI after a change. */
void map_page(u32 address, u32 physical);
/* Makes the second-level tables of the window, all of it unmapped. */
void open_window(void);

#endif
