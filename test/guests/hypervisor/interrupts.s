@ Physical interrupts come here and end in two steps; virtual ones are list registers.

gic_on:
        ldr     r0, =GICD
        mov     r1, #1
        str     r1, [r0]                @ GICD_CTLR
        mov     r1, #7 << 25            @ 25 maintenance, 26 CNTHP, 27 CNTV
        str     r1, [r0, #0x100]
        ldr     r0, =GICC
        mov     r1, #0xf0
        str     r1, [r0, #4]
        ldr     r1, =0x201              @ EOImode
        str     r1, [r0]
        bx      lr

@ In some time the other guest has its turn.
arm_preemption:
        ldr     r0, =2500
        mcr     p15, 4, r0, c14, c2, 0  @ CNTHP_TVAL
        mov     r0, #1
        mcr     p15, 4, r0, c14, c2, 1  @ CNTHP_CTL
        isb
        bx      lr

@ Handles all that are pending, on behalf of R11, which ran. R11 may be another guest afterwards.
take_interrupts:
        push    {r4-r7, lr}
        mov     r7, r11
1:      ldr     r4, =GICC
        ldr     r5, [r4, #0xc]          @ GICC_IAR
        ubfx    r6, r5, #0, #10
        ldr     r0, =1020
        cmp     r6, r0
        bhs     2f
        str     r5, [r4, #0x10]         @ GICC_EOIR: the priority drops
        cmp     r6, #27
        beq     virtual_timer
        cmp     r6, #25
        bleq    maintain
        cmp     r6, #26
        bleq    preempt
        add     r0, r4, #0x1000
        str     r5, [r0]                @ GICC_DIR
        b       1b
2:      pop     {r4-r7, pc}

@ The guest's end of the interrupt deactivates the physical one.
virtual_timer:
        ldr     r0, =0x98006c1b         @ HW, pending, priority 0x80, 27 and 27
        bl      inject
        ldr     r0, [r7, #VM_SUMMARY]
        ldr     r1, [r0, #SUM_TIMERS]
        add     r1, r1, #1
        str     r1, [r0, #SUM_TIMERS]
        b       1b

preempt:
        push    {lr}
        bl      arm_preemption
        bl      next_vm
        pop     {pc}

@ Puts R0 into a free list register of R7.
inject:
        add     r1, r7, #VM_GICH + 12
        mov     r2, #4
1:      ldr     r3, [r1]
        tst     r3, #3 << 28
        beq     2f
        add     r1, r1, #4
        subs    r2, r2, #1
        bne     1b
        b       crash
2:      str     r0, [r1]
        bx      lr

@ As many of the interrupts that wait as there are free list registers; NPIE says when to come again.
refill:
        push    {r4, lr}
        ldr     r4, [r11, #VM_QUEUE]
        add     r1, r11, #VM_GICH + 12
        mov     r2, #4
1:      cmp     r4, #0
        beq     3f
        ldr     r3, [r1]
        tst     r3, #3 << 28
        bne     2f
        sub     r4, r4, #1
        add     r3, r4, #40
        orr     r3, r3, #0x18000000     @ pending, priority 0x80
        str     r3, [r1]
2:      add     r1, r1, #4
        subs    r2, r2, #1
        bne     1b
        ldr     r3, [r11, #VM_GICH]
        cmp     r4, #0
        orrne   r3, r3, #GICH_NPIE
        str     r3, [r11, #VM_GICH]
3:      str     r4, [r11, #VM_QUEUE]
        pop     {r4, pc}

@ A maintenance interrupt of R7: notes the causes, and makes them go away.
maintain:
        push    {r4, lr}
        ldr     r0, =GICH
        ldr     r1, [r7, #VM_GICH]
        str     r1, [r0]
        ldr     r2, [r0, #0x10]         @ GICH_MISR
        ldr     r3, [r0, #0x20]         @ GICH_EISR0
        mov     r4, #0
        str     r4, [r0]
        ldr     r0, [r7, #VM_SUMMARY]
        ldr     r4, [r0, #SUM_MISR]
        orr     r4, r4, r2
        str     r4, [r0, #SUM_MISR]
        bic     r1, r1, r2
        orr     r1, r1, #1              @ MISR.EOI is at the place of En
        bfc     r1, #27, #5             @ EOICount
        str     r1, [r7, #VM_GICH]
        add     r1, r7, #VM_GICH + 12
        mov     r4, #0
1:      tst     r3, #1
        strne   r4, [r1]
        add     r1, r1, #4
        lsrs    r3, r3, #1
        bne     1b
        pop     {r4, pc}
        .ltorg
