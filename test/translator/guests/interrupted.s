@ Loops with everything that integer code does, A32 and Thumb, in Supervisor mode and in User mode; the harness
@ interrupts them where it likes. r7 is the checksum; result 1 is the number of interrupts.
        .include "common.inc"
        vectors irq=interrupt, svc=to_supervisor

to_supervisor:
        mov     r8, lr
        cps     #19
        bx      r8

interrupt:
        push    {r0, r1, r2}
        ldr     r0, =RESULTS
        ldr     r1, [r0, #4]
        add     r1, r1, #1
        str     r1, [r0, #4]
        ldr     r1, [r0, #8]            @ where, and the flags
        add     r1, lr, r1, ror #1
        mrs     r2, spsr
        eor     r1, r1, r2, lsr #3
        str     r1, [r0, #8]
        pop     {r0, r1, r2}
        subs    pc, lr, #4
        .ltorg

start:
        mmu_on
        cps     #18
        ldr     sp, =STACKS + 0x3000
        cps     #19
        ldr     sp, =STACKS + 0x1000
        cpsie   i
        mov     r7, #0
        bl      everything
        cps     #16
        ldr     sp, =STACKS + 0x2000
        bl      everything
        svc     #0
        ldr     r0, =RESULTS
        str     r7, [r0]
        power_off
        .ltorg

everything:
        push    {r4-r6, r8-r11, lr}
        ldr     r6, =24
        ldr     r4, =DATA
a32_loop:
        mov     r0, r6
        bl      a32_fibonacci
        add     r7, r0, r7, ror #3
        mov     r1, #8
1:      ldm     r4, {r2, r3}
        adds    r2, r2, r7
        adcs    r3, r3, r6
        stm     r4!, {r2, r3}
        rscpl   r5, r3, r2, asr #3
        eormi   r5, r3, r2, lsr #7
        umlal   r5, r7, r2, r3
        cmp     r5, r2
        addgt   r7, r7, #1
        sublt   r7, r7, r5, lsl r1
        movge   r0, r7, ror r1
        subs    r1, r1, #1
        bne     1b
        sub     r4, r4, #56
        tst     r6, #16
        bleq    a32_leaf
        blne    a32_other_leaf
        subs    r6, r6, #1
        bne     a32_loop
        ldr     r6, =24
        blx     thumb_part
        pop     {r4-r6, r8-r11, pc}

a32_fibonacci:
        and     r0, r0, #7
a32_fibonacci_again:
        cmp     r0, #2
        bxlt    lr
        push    {r4, r5, lr}
        mov     r4, r0
        sub     r0, r0, #1
        bl      a32_fibonacci_again
        mov     r5, r0
        sub     r0, r4, #2
        bl      a32_fibonacci_again
        add     r0, r0, r5
        pop     {r4, r5, pc}
a32_leaf:
        uadd8   r7, r7, r6
        sel     r7, r6, r7
        ssat    r0, #9, r7
        add     r7, r7, r0
        bx      lr
a32_other_leaf:
        clz     r0, r7
        rev16   r7, r7
        bfi     r7, r0, #3, #9
        mov     pc, lr
        .ltorg

        .thumb
        .thumb_func
thumb_part:
        push    {r4, r5, r6, lr}
        ldr     r4, =DATA
thumb_loop:
        movs    r1, #8
1:      ldrd    r2, r3, [r4]
        adds    r2, r2, r7
        adcs    r3, r6
        strd    r2, r3, [r4], #8
        ittet   pl
        addpl   r7, r7, r3
        lsrpl   r5, r2, #5
        eormi   r7, r7, r2
        rorpl   r7, r5
        cmp     r7, r5
        itt     hi
        subhi   r7, r7, #5
        strhhi  r7, [r4, #62]
        cbz     r1, 2f
        subs    r1, #1
        bne     1b
2:      sub     r4, r4, #64
        and     r0, r6, #3
        tbb     [pc, r0]
3:      .byte   (4f - 3b) / 2, (5f - 3b) / 2, (6f - 3b) / 2, (7f - 3b) / 2
4:      adds    r7, #1
5:      sdiv    r0, r7, r6
        add     r7, r7, r0
6:      usada8  r7, r7, r6, r7
7:      push    {r7, lr}
        bl      thumb_leaf
        pop     {r0, lr}
        adds    r7, r7, r0
        subs    r6, #1
        bne     thumb_loop
        pop     {r4, r5, r6, pc}
        .thumb_func
thumb_leaf:
        rbit    r7, r7
        cbnz    r6, 1f
        adds    r7, #9
1:      mvns    r7, r7
        bx      lr
        .ltorg
