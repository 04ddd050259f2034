@ Pages that change under running code: a function whose page is mapped to other code, code that maps its own page to
@ another copy and goes on there, and data whose page changes inside a loop; from Supervisor mode, then from User mode.
        .include "common.inc"
        .equ    COPY_A, DATA
        .equ    COPY_B, DATA + 0x1000
        .equ    VALUES_A, DATA + 0x2000
        .equ    VALUES_B, DATA + 0x3000
        vectors svc=remap

        @ SVC #0: maps window page r0 to physical page r1. SVC #1: stays in Supervisor mode.
remap:
        push    {r2, r11, r12}
        tst     lr, #1
        ldr     r2, [lr, #-4]
        tst     r2, #1
        bne     1f
        ldr     r11, =TABLE2
        orr     r12, r1, #SMALL
        str     r12, [r11, r0, lsl #2]
        ldr     r11, =WINDOW
        add     r11, r11, r0, lsl #12
        mcr     p15, 0, r11, c8, c7, 1
        dsb
        isb
        pop     {r2, r11, r12}
        movs    pc, lr
1:      pop     {r2, r11, r12}
        mov     r8, lr
        bx      r8
        .ltorg

start:
        mmu_on
        ldr     sp, =STACKS
        mov     r7, #0
        @ The two copies differ in a constant; the values in everything.
        ldr     r0, =COPY_A
        ldr     r1, =COPY_B
        adr     r2, copied
        mov     r3, #(copied_end - copied) / 4
1:      ldr     r4, [r2], #4
        str     r4, [r0], #4
        str     r4, [r1], #4
        subs    r3, r3, #1
        bne     1b
        ldr     r1, =COPY_B
        add     r1, r1, #copied_constant - copied
        ldr     r0, =0xe2877077         @ add r7, r7, #0x77
        str     r0, [r1]
        ldr     r0, =VALUES_A
        ldr     r1, =VALUES_B
        ldr     r3, =1024
1:      str     r3, [r0], #4
        mvn     r4, r3, lsl #3
        str     r4, [r1], #4
        subs    r3, r3, #1
        bne     1b

        @ The SVC handler uses LR of Supervisor mode: in that mode all calls keep theirs elsewhere.
        bl      all
        cps     #16
        ldr     sp, =STACKS + 0x1000
        bl      all
        svc     #1
        ldr     r0, =RESULTS
        str     r7, [r0]
        power_off
        .ltorg

all:
        mov     r10, lr
        ldr     r6, =48
loop:
        tst     r6, #3
        ldr     r1, =COPY_A
        addeq   r1, r1, #0x1000
        mov     r0, #0
        svc     #0
        ldr     r1, =VALUES_A
        tst     r6, #1
        addne   r1, r1, #0x1000
        mov     r0, #1
        svc     #0
        @ The function in the window, three times, so that jumps to it are remembered.
        mov     r5, #3
1:      ldr     r4, =WINDOW
        adr     r9, 2f
        bx      r4
2:      subs    r5, r5, #1
        bne     1b
        @ Half of the values, then the others from the other page, in the same loop.
        ldr     r4, =WINDOW + 0x1000
        mov     r5, #64
3:      ldr     r0, [r4], #4
        add     r7, r0, r7, ror #3
        cmp     r5, #32
        bne     4f
        ldr     r1, =VALUES_B
        mov     r0, #1
        svc     #0
4:      subs    r5, r5, #1
        bne     3b
        subs    r6, r6, #1
        bne     loop
        bx      r10
        .ltorg

        @ In the window: adds, maps this page to the other copy and adds there; returns to r9.
copied:
        mov     r3, #5
1:      add     r7, r7, r7, lsl #1
        subs    r3, r3, #1
        bne     1b
copied_constant:
        add     r7, r7, #0x11
        tst     r6, #0x20
        bxeq    r9
        mov     r0, #0
        ldr     r1, 2f
        svc     #0
        sub     r7, r7, #0x13
        b       copied_constant_again
2:      .word   COPY_B
copied_constant_again:
        eor     r7, r7, r7, lsr #9
        bx      r9
copied_end:
