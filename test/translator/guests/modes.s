@ Exception returns of each kind from each mode that has an SPSR to each other mode, with different flags, to A32 and to Thumb code; and
@ from there SVC. Each mode has its own SP and LR. r7 is the checksum; result 1 is the number of rounds.
        .include "common.inc"
        .equ    ROUNDS, 24
        .equ    MASKED, 0x1c0           @ CPSR.A, I, F
        vectors undef=undefined, svc=supervisor_call

undefined:
        add     r7, r7, #0x21
        movs    pc, lr

supervisor_call:
        mrs     r0, spsr
        eor     r7, r7, r0, ror #11
        add     r7, r7, lr
        add     r7, r7, sp
        bx      r8
        .ltorg

start:
        mmu_on
        ldr     r0, =STACKS
        .irp    mode, 0x12, 0x17, 0x1b, 0x1f, 0x11, 0x13
        cps     #\mode
        add     r0, r0, #0x400
        mov     sp, r0
        mvn     lr, r0
        .endr
        movw    r7, #0x1234
        movt    r7, #0x9876
        mov     r6, #ROUNDS
round:
        adr     r10, to_modes
next_to:
        ldrb    r5, [r10], #1
        cmp     r5, #0
        beq     round_done
        adr     r11, from_modes
next_from:
        ldrb    r4, [r11], #1
        cmp     r4, #0
        beq     next_to
        mov     r3, #3
        adr     r8, back
one:
        mrs     r0, cpsr
        bic     r0, r0, #31
        orr     r0, r0, r4
        msr     cpsr_c, r0
        and     r1, r7, #0xf8000000
        and     r2, r7, #0x00f00000
        orr     r1, r1, r2, lsr #4      @ GE
        orr     r1, r1, r5
        orr     r1, r1, #MASKED
        eor     r2, r6, r3
        tst     r2, #1
        adreq   lr, landed
        beq     1f
        orr     r1, r1, #0x20
        ldr     lr, =landed_thumb
        tst     r2, #2
        orrne   r1, r1, #0x3c00         @ ITSTATE: two instructions with condition CC
        ldrne   lr, =landed_in_it_block
1:      msr     spsr_cxsf, r1
        cmp     r3, #2
        blo     by_mov
        beq     by_rfe
        push    {r0, r9, lr}
        ldm     sp!, {r0, r9, pc}^
by_rfe:
        push    {r1}
        push    {lr}
        rfeia   sp!
by_mov:
        tst     r6, #4
        bne     1f
        setend  be
1:      movs    pc, lr

landed:
        addmi   r7, r7, #3
        addeq   r7, r7, #5
        addcs   r7, r7, #9
        addvs   r7, r7, #17
        sel     r0, r6, r7
        add     r7, r7, r0, ror #5
        mrs     r0, cpsr
        eor     r7, r7, r0, ror #7
        eor     r7, r7, sp, ror #3
        add     r7, r7, lr
        mov     lr, r7
        udf     #0
        svc     #0

back:
        subs    r3, r3, #1
        bne     one
        b       next_from
round_done:
        ldr     r0, =RESULTS
        sub     r1, r6, #ROUNDS + 1
        rsb     r1, r1, #0
        str     r1, [r0, #4]
        subs    r6, r6, #1
        bne     round
        str     r7, [r0]
        power_off
        .ltorg
to_modes:
        .byte   0x10, 0x1f, 0x13, 0x12, 0x17, 0x1b, 0x11, 0
from_modes:
        .byte   0x13, 0x12, 0x17, 0x1b, 0
        .align

        .thumb
landed_in_it_block:
        adds    r7, #1
        eors    r7, r0
landed_thumb:
        ite     mi
        addmi   r7, #13
        addpl   r7, #29
        mov     r0, sp
        eors    r7, r0
        add     r7, lr
        mov     lr, r7
        mrs     r0, cpsr
        add     r7, r7, r0, ror #9
        itt     cs
        addcs   r7, #1
        svccs   #1
        svc     #0
