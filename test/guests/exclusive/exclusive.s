@ Two CPUs and one exclusive monitor: between CPU 0's load-exclusive and store-exclusive CPU 1 does something to the granule, over and over.
@ Starts at 0x40200000 on CPU 0, in Supervisor mode with the MMU off. Word n of COUNTS is how many store-exclusives failed with kind n.
        .syntax unified
        .arch   armv7ve
        .fpu    neon
        .equ    CELL, 0x40300000
        .equ    REQUEST, 0x40310000     @ a kind, and a number that differs each time
        .equ    ANSWER, 0x40310100
        .equ    COUNTS, 0x40310200
        .equ    TRIALS, 50
        .equ    KINDS, 9

        movw    r0, #0x0003             @ PSCI CPU_ON
        movt    r0, #0x8400
        mov     r1, #1
        adr     r2, other
        hvc     #0
        ldr     r4, =CELL
        ldr     r5, =REQUEST
        ldr     r6, =COUNTS
        mov     r7, #0                  @ kind
        mov     r8, #0                  @ what makes each request another
next:   mov     r9, #TRIALS
        mov     r10, #0
trial:  mov     r0, #5
        str     r0, [r4]
        add     r8, r8, #0x100
        orr     r0, r7, r8
        dmb
        ldrex   r1, [r4]
        str     r0, [r5]
1:      ldr     r1, [r5, #0x100]
        cmp     r1, r0
        bne     1b
        mov     r1, #77
        strex   r2, r1, [r4]
        add     r10, r10, r2
        subs    r9, r9, #1
        bne     trial
        str     r10, [r6, r7, lsl #2]
        add     r7, r7, #1
        cmp     r7, #KINDS
        bne     next
        movw    r0, #0x0008             @ PSCI SYSTEM_OFF
        movt    r0, #0x8400
        hvc     #0

other:  mrc     p15, 0, r0, c1, c0, 2   @ CPACR: floating point for everybody
        orr     r0, r0, #0xf00000
        mcr     p15, 0, r0, c1, c0, 2
        isb
        mov     r0, #0x40000000
        vmsr    fpexc, r0
        ldr     r4, =CELL
        ldr     r5, =REQUEST
        mov     r6, #0
wait:   ldr     r0, [r5]
        cmp     r0, r6
        beq     wait
        mov     r6, r0
        mov     r1, #5
        mov     r2, #6
        and     r0, r0, #0xff
        add     pc, pc, r0, lsl #4
        nop
        @ Four instructions each.
        nop                             @ 0: nothing at all
        nop
        nop
        b       done
        str     r1, [r4]                @ 1: the same value
        nop
        nop
        b       done
        str     r2, [r4]                @ 2: another, and the old one again
        dmb
        str     r1, [r4]
        b       done
        strb    r1, [r4]                @ 3: one byte
        nop
        nop
        b       done
        stmia   r4, {r1, r2}            @ 4: by a block transfer
        nop
        nop
        b       done
        vmov    d0, r1, r2              @ 5: by a vector
        vst1.32 {d0}, [r4]
        nop
        b       done
        ldrex   r3, [r4]                @ 6: exclusively
        strex   r2, r1, [r4]
        nop
        b       done
        ldrex   r3, [r4]                @ 7: only loads
        clrex
        ldr     r3, [r4]
        b       done
        str     r1, [r4, #0x800]        @ 8: the same page, another granule
        nop
        nop
done:   dmb
        str     r6, [r5, #0x100]
        b       wait
        .ltorg
