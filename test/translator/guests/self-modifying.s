@ Code that rewrites itself: in the loop it stands in, in the block it stands in, and in another page; A32, then
@ Thumb; in Supervisor mode, then in User mode. r7 is the checksum.
        .include "common.inc"
        vectors svc=to_supervisor

        @ From User mode: go on in Supervisor mode behind the SVC.
to_supervisor:
        movs    r8, lr
        cps     #19
        bx      r8

start:
        mmu_on
        ldr     sp, =STACKS
        mov     r7, #0
        bl      a32_round
        bl      thumb_round_from_a32
        cps     #16
        ldr     sp, =STACKS + 0x1000
        bl      a32_round
        bl      thumb_round_from_a32
        svc     #0
        ldr     r0, =RESULTS
        str     r7, [r0]
        power_off

        .ltorg

        .arm
a32_round:
        push    {r4, r5, r6, lr}
        ldr     r6, =80
a32_loop:
        @ Every eighth time a new ADD behind us in this very block, and one in another page.
        adr     r4, a32_patched
        ldr     r5, =0xe2877000         @ add r7, r7, #0
        and     r0, r6, #0xff
        orr     r5, r5, r0
        tst     r6, #7
        streq   r5, [r4]
a32_patched:
        add     r7, r7, #1
        tst     r6, #15
        ldr     r4, =a32_far
        streq   r5, [r4]
        bl      a32_far
        @ A hot inner loop, rewritten through its own last byte.
        mov     r1, #6
a32_inner:
        eor     r7, r7, r7, ror #5
        tst     r6, #31
        adr     r4, a32_inner_patched
        strbeq  r6, [r4]
a32_inner_patched:
        add     r7, r7, #3
        subs    r1, r1, #1
        bne     a32_inner
        subs    r6, r6, #1
        bne     a32_loop
        pop     {r4, r5, r6, pc}
        .ltorg

thumb_round_from_a32:
        push    {r4, r5, r6, lr}
        blx     thumb_round
        pop     {r4, r5, r6, pc}

        .thumb
        .thumb_func
thumb_round:
        push    {r4, r5, r6, lr}
        movs    r6, #80
thumb_loop:
        adr     r4, thumb_patched
        movw    r5, #0x3700             @ adds r7, #0
        uxtb    r0, r6
        orr     r5, r5, r0
        tst     r6, #7
        it      eq
        strheq  r5, [r4]
        b       thumb_patched
        .balign 4
thumb_patched:
        adds    r7, #1
        nop
        tst     r6, #15
        ldr     r4, =thumb_far          @ bit 0 is set
        it      eq
        strheq  r5, [r4, #-1]
        bl      thumb_far
        movs    r1, #6
thumb_inner:
        ror     r2, r7, #5
        eors    r7, r2
        lsls    r3, r6, #27
        bne     1f
        adr     r4, thumb_inner_patched
        strb    r6, [r4]
1:      b       thumb_inner_patched
        .balign 4
thumb_inner_patched:
        adds    r7, #3
        subs    r1, #1
        bne     thumb_inner
        subs    r6, #1
        bne     thumb_loop
        pop     {r4, r5, r6, pc}
        .ltorg

        .balign 4096
        .arm
a32_far:
        add     r7, r7, #1
        add     r7, r7, r7, lsl #2
        bx      lr
        .thumb
        .balign 4
        .thumb_func
thumb_far:
        adds    r7, #1
        add     r7, r7, r7, lsl #2
        bx      lr
