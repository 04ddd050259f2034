@ Executes floating-point instructions for test/fpu/generate.ts, under qemu-arm. Linked with -N: code is written to.
@ Standard input: records of 8 words: an A32 instruction, FPSCR, S0 to S5.
@ Standard output: for each, 7 words: FPSCR, S0 to S5 after it.
  .fpu neon-vfpv4
  .arch armv7-a
  .arm
  .text
  .global _start
_start:
  ldr r4, =record
next:
  mov r5, #0
fill:
  mov r0, #0
  add r1, r4, r5
  rsb r2, r5, #32
  mov r7, #3              @ read
  svc 0
  cmp r0, #0
  ble done
  add r5, r5, r0
  cmp r5, #32
  blt fill
  ldr r0, [r4]
  ldr r1, =slot
  ldr r2, [r1]
  cmp r0, r2
  beq same
  str r0, [r1]
  mov r0, r1
  add r1, r1, #8
  mov r2, #0
  ldr r7, =0xf0002        @ cacheflush
  svc 0
same:
  ldr r0, [r4, #4]
  vmsr fpscr, r0
  add r0, r4, #8
  vldm r0, {d0-d2}
  bl slot
  vmrs r0, fpscr
  str r0, [r4, #4]
  add r0, r4, #8
  vstm r0, {d0-d2}
  mov r0, #1
  add r1, r4, #4
  mov r2, #28
  mov r7, #4              @ write
  svc 0
  b next
done:
  mov r0, #0
  mov r7, #1              @ exit
  svc 0
  .ltorg
slot:
  nop
  bx lr
  .align 3
record:
  .space 32
