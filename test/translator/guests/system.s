@ System instructions in loops, in Supervisor, Abort and User mode and with interrupts masked and not; the harness interrupts
@ where it likes. r7 is the checksum; result 1 is the number of interrupts, result 2 what they have seen.
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
        ldr     r1, [r0, #8]
        add     r1, lr, r1, ror #1
        mrs     r2, spsr
        eor     r1, r1, r2, lsr #3
        str     r1, [r0, #8]
        pop     {r0, r1, r2}
        subs    pc, lr, #4
        .ltorg

start:
        mmu_on
        cps     #31
        ldr     sp, =STACKS + 0x2000
        ldr     lr, =0x12345678
        cps     #18
        ldr     sp, =STACKS + 0x3000
        cps     #23
        ldr     sp, =STACKS + 0x4000
        cps     #19
        ldr     sp, =STACKS + 0x1000
        cpsie   i
        mov     r7, #0
        bl      privileged
        cps     #23                     @ Abort mode
        cpsid   i
        bl      privileged
        cps     #19
        cpsie   i
        cps     #16                     @ User mode
        bl      unprivileged
        svc     #0
        ldr     r0, =RESULTS
        str     r7, [r0]
        power_off
        .ltorg

privileged:
        push    {r4-r6, r8-r11, lr}
        ldr     r6, =300
        ldr     r4, =DATA
privileged_loop:
        @ Registers that are a word
        mcr     p15, 0, r6, c13, c0, 2
        mcr     p15, 0, r7, c13, c0, 3
        mcr     p15, 0, r4, c13, c0, 4
        mrc     p15, 0, r0, c13, c0, 2
        mrc     p15, 0, r1, c13, c0, 3
        mrc     p15, 0, r2, c13, c0, 4
        add     r7, r0, r7, ror #5
        eor     r7, r7, r1, lsr #3
        add     r7, r7, r2
        mrc     p15, 0, r0, c1, c0, 0
        mrc     p15, 0, r1, c2, c0, 0
        mrc     p15, 0, r2, c3, c0, 0
        eor     r0, r0, r1, ror #7
        add     r0, r0, r2
        mrc     p15, 0, r1, c5, c0, 0
        mrc     p15, 0, r2, c6, c0, 0
        add     r7, r7, r0
        tst     r6, #32
        mcrne   p15, 0, r4, c13, c0, 3
        mrcne   p15, 0, r2, c13, c0, 3
        add     r7, r7, r2
        mrc     p15, 0, r0, c1, c0, 0
        teq     r0, r0
        mcrne   p15, 0, r0, c1, c0, 0   @ never carried out
        @ Caches, events
        mcr     p15, 0, r4, c7, c11, 1
        mcr     p15, 0, r4, c7, c5, 1
        mcr     p15, 0, r4, c7, c5, 6
        dsb
        isb
        sev
        wfe
        @ Masks
        mrs     r8, cpsr
        cpsid   i
        mrs     r0, cpsr
        add     r7, r7, r0
        nop
        msr     cpsr_c, r8
        mrs     r0, cpsr
        eor     r7, r7, r0, ror #9
        cpsid   if
        tst     r6, #1
        msrne   cpsr_c, r8
        orr     r0, r8, #0xc0
        msr     cpsr_c, r0
        adds    r0, r7, r6
        mrs     r0, cpsr
        bic     r0, r0, #0xf0000000
        eor     r0, r0, r7
        and     r0, r0, #0xf0000000
        orr     r0, r0, r8
        msr     cpsr_cxsf, r0
        addmi   r7, r7, #1
        addeq   r7, r7, #2
        addcs   r7, r7, #4
        addvs   r7, r7, #8
        msr     cpsr_c, r8
        @ SPSR: an interrupt must not come between
        cpsid   i
        msr     spsr_cxsf, r7
        mrs     r0, spsr
        add     r7, r7, r0, ror #1
        bic     r1, r8, #0x0f
        msr     spsr_c, r1
        mrs     r0, spsr
        eor     r7, r7, r0
        msr     cpsr_c, r8
        @ Registers of User mode
        mov     r0, r4
        stm     r0, {r0-r14}^
        ldr     r1, [r4, #52]
        ldr     r2, [r4, #56]
        add     r7, r7, r1, ror #2
        add     r7, r7, r2
        str     r7, [r4, #56]
        ldr     r1, [r4, #48]
        add     r1, r1, r6
        str     r1, [r4, #48]
        add     r0, r4, #48
        ldm     r0, {r12, r13, r14}^
        nop
        add     r7, r7, r12
        subs    r6, r6, #1
        bne     privileged_loop
        pop     {r4-r6, r8-r11, pc}
        .ltorg

unprivileged:
        push    {r6, lr}
        ldr     r6, =300
1:      mcr     p15, 0, r6, c13, c0, 2
        mrc     p15, 0, r0, c13, c0, 2
        mrc     p15, 0, r1, c13, c0, 3
        add     r7, r0, r7, ror #3
        eor     r7, r7, r1
        mrs     r0, cpsr
        add     r7, r7, r0
        cpsid   i                       @ does nothing here
        bic     r0, r0, #0x1f
        msr     cpsr_c, r0
        mrs     r0, cpsr
        add     r7, r7, r0
        subs    r6, r6, #1
        bne     1b
        pop     {r6, pc}
        .ltorg
