@ Unaligned accesses in hot loops while SCTLR.A is clear, set, and clear again, in A32 and Thumb; the loops call functions in another
@ page, which was hot before under the other setting. r7 is the checksum, r9 the number of faults.
        .include "common.inc"
        .fpu    neon
        vectors data=data_abort

        @ Skips the instruction.
data_abort:
        add     r9, r9, #1
        mrc     p15, 0, r8, c6, c0, 0   @ DFAR
        add     r7, r8, r7, ror #7
        mrc     p15, 0, r8, c5, c0, 0   @ DFSR
        add     r7, r7, r8
        mrs     r8, spsr
        tst     r8, #0x20
        subsne  pc, lr, #6              @ those in Thumb are of 16 bits
        subs    pc, lr, #4

start:
        mmu_on
        ldr     sp, =STACKS
        ldr     r0, =(0xf << 20)
        mcr     p15, 0, r0, c1, c0, 2   @ CPACR: VFP and Advanced SIMD
        isb
        mov     r0, #0x40000000
        vmsr    fpexc, r0
        ldr     r0, =DATA
        mov     r1, #64
0:      mul     r2, r1, r0
        str     r2, [r0], #4
        subs    r1, r1, #1
        bne     0b
        mov     r7, #0
        mov     r9, #0
        mov     r6, #6
outer:
        mov     r0, #0
        bl      check_alignment
        bl      a32_part
        blx     thumb_part
        mov     r0, #2
        bl      check_alignment
        @ Through code that is only ever executed with the check, to functions that have been hot without.
        bl      strict_part
        bl      a32_part
        blx     thumb_part
        subs    r6, r6, #1
        bne     outer
        ldr     r0, =RESULTS
        stm     r0, {r7, r9}
        power_off

check_alignment:
        mrc     p15, 0, r1, c1, c0, 0
        bic     r1, r1, #2
        orr     r1, r1, r0
        mcr     p15, 0, r1, c1, c0, 0
        isb
        bx      lr
        .ltorg

        .balign 4096
a32_part:
        push    {r4, r5, r6, lr}
        ldr     r4, =DATA
        mov     r5, #80
a32_loop:
        ldr     r0, [r4]
        add     r7, r0, r7, ror #1
        ldrh    r0, [r4, #2]
        add     r7, r0, r7, ror #1
        ldrsh   r0, [r4, #3]
        eor     r7, r7, r0
        str     r7, [r4, #8]
        strh    r7, [r4, #13]
        ldrb    r0, [r4, #15]
        bic     r1, r4, #3
        add     r1, r1, #4
        ldrd    r2, r3, [r1]            @ need not be a multiple of 8
        add     r7, r7, r2
        stm     r1, {r0, r3}
        vld1.32 {d0}, [r4]
        vmov    r2, r3, d0
        add     r7, r7, r3, ror #3
        vst1.8  {d0}, [r4]
        bl      load_word
        bl      store_halfword
        add     r4, r4, #1
        subs    r5, r5, #1
        bne     a32_loop
        pop     {r4, r5, r6, pc}
        .ltorg

        .thumb
        .thumb_func
thumb_part:
        push    {r4, r5, r6, lr}
        ldr     r4, =DATA
        movs    r5, #80
thumb_loop:
        ldr     r0, [r4, #4]
        adds    r7, r7, r0
        ldrh    r0, [r4, #2]
        eors    r7, r0
        str     r7, [r4, #8]
        strh    r7, [r4, #12]
        adds    r4, #1
        subs    r5, #1
        bne     thumb_loop
        pop     {r4, r5, r6, pc}
        .ltorg

        .arm
        .balign 4096
load_word:
        ldr     r0, [r4, #1]
        add     r7, r7, r0, ror #5
        bx      lr
store_halfword:
        strh    r7, [r4, #7]
        bx      lr

        .balign 4096
strict_part:
        push    {r4, r5, r6, lr}
        ldr     r4, =DATA
        mov     r5, #80
strict_loop:
        bl      load_word
        bl      store_halfword
        add     r4, r4, #1
        subs    r5, r5, #1
        bne     strict_loop
        pop     {r4, r5, r6, pc}
        .ltorg
