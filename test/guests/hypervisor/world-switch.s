@ World switch

        .macro  save_bank mode, at
        mrs     r0, sp_\mode
        mrs     r1, lr_\mode
        mrs     r2, spsr_\mode
        add     r3, r11, #\at
        stm     r3, {r0, r1, r2}
        .endm

        .macro  load_bank mode, at
        add     r3, r11, #\at
        ldm     r3, {r0, r1, r2}
        msr     sp_\mode, r0
        msr     lr_\mode, r1
        msr     spsr_\mode, r2
        .endm

        .macro  save_cp15 n, crn, crm, opc2
        mrc     p15, 0, r0, \crn, \crm, \opc2
        str     r0, [r11, #VM_CP15 + 4 * \n]
        .endm

        .macro  load_cp15 n, crn, crm, opc2
        ldr     r0, [r11, #VM_CP15 + 4 * \n]
        mcr     p15, 0, r0, \crn, \crm, \opc2
        .endm

        .macro  cp15_state move
        \move   0, c1, c0, 0
        \move   1, c2, c0, 0
        \move   2, c2, c0, 1
        \move   3, c2, c0, 2
        \move   4, c3, c0, 0
        \move   5, c13, c0, 1
        \move   6, c10, c2, 0
        \move   7, c10, c2, 1
        \move   8, c12, c0, 0
        \move   9, c1, c0, 2
        .endm

@ Saves the rest of the current guest, whose R0 to R12 and LR_usr are saved. Its timer and list registers stay
@ as they are, so that their interrupts do, until another guest's replace them.
save_world:
        mrs     r0, sp_usr
        str     r0, [r11, #VM_USR]
        mrs     r0, elr_hyp
        str     r0, [r11, #VM_PC]
        mrs     r0, spsr
        str     r0, [r11, #VM_CPSR]
        save_bank svc, VM_SVC
        save_bank irq, VM_IRQ
        save_bank abt, VM_ABT
        save_bank und, VM_UND
        cp15_state save_cp15
        mrc     p15, 4, r0, c1, c1, 0
        str     r0, [r11, #VM_HCR]      @ VA goes when it is taken
        mrc     p15, 0, r0, c14, c3, 1  @ CNTV_CTL
        mrrc    p15, 3, r2, r3, c14     @ CNTV_CVAL
        str     r0, [r11, #VM_TIMER]
        add     r1, r11, #VM_TIMER + 8
        stm     r1, {r2, r3}
        ldr     r1, =GICH
        ldr     r2, [r1, #0]
        ldr     r3, [r1, #8]
        ldr     r4, [r1, #0xf0]
        add     r5, r1, #0x100
        ldm     r5, {r5-r8}
        add     r12, r11, #VM_GICH
        stm     r12, {r2-r8}
        bx      lr

@ Goes on with the guest R11.
resume:
        bl      refill
        ldr     r1, =GICH
        add     r12, r11, #VM_GICH
        ldm     r12, {r2-r8}
        str     r3, [r1, #8]
        str     r4, [r1, #0xf0]
        add     r12, r1, #0x100
        stm     r12, {r5-r8}
        str     r2, [r1, #0]
        add     r1, r11, #VM_TIMER + 16
        ldm     r1, {r2, r3}
        mcrr    p15, 4, r2, r3, c14     @ CNTVOFF
        add     r1, r11, #VM_TIMER + 8
        ldm     r1, {r2, r3}
        mcrr    p15, 3, r2, r3, c14
        ldr     r0, [r11, #VM_TIMER]
        mcr     p15, 0, r0, c14, c3, 1
        ldrd    r2, r3, [r11, #VM_VTTBR]
        mcrr    p15, 6, r2, r3, c2
        ldr     r0, [r11, #VM_HCR]
        mcr     p15, 4, r0, c1, c1, 0
        bl      fp_trap
        cp15_state load_cp15
        load_bank svc, VM_SVC
        load_bank irq, VM_IRQ
        load_bank abt, VM_ABT
        load_bank und, VM_UND
        ldr     r0, [r11, #VM_USR]
        msr     sp_usr, r0
        ldr     r0, [r11, #VM_PC]
        msr     elr_hyp, r0
        ldr     r0, [r11, #VM_CPSR]
        msr     spsr_cxsf, r0
        mov     sp, r11
        ldr     lr, [sp, #VM_USR + 4]
        ldm     sp, {r0-r12}
        eret

@ R11 becomes the other virtual machine unless that is done; with both done it is over.
next_vm:
        ldr     r0, [r11, #VM_ID]
        eor     r0, r0, #1
        ldr     r1, =VMS
        add     r1, r1, r0, lsl #12
        ldr     r2, [r1, #VM_DONE]
        cmp     r2, #0
        beq     1f
        ldr     r2, [r11, #VM_DONE]
        cmp     r2, #0
        bne     power_off
        bx      lr
1:      mov     r11, r1
        ldr     r2, =SUMMARIES
        ldr     r3, [r2, #SUM_SWITCHES]
        add     r3, r3, #1
        str     r3, [r2, #SUM_SWITCHES]
        bx      lr
