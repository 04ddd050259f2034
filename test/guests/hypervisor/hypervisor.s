@ A small hypervisor: two virtual machines with the same program, one CPU. Starts at HYPERVISOR in Hyp mode with the MMU off, ends by
@ PSCI SYSTEM_OFF. While a guest runs SP_hyp is its record; in handlers R11 is.
        .include "layout.inc"
        .text

        b       start
        b       crash                   @ Undefined Instruction, and the others: from Hyp mode itself
        b       crash
        b       crash
        b       crash
        b       trapped
        b       interrupted
        b       crash

crash:                                  @ the log of virtual machine 0 ends with this
        ldr     r0, =LOGS + 0xfff0
        mrc     p15, 4, r1, c5, c2, 0   @ HSR
        mrs     r2, elr_hyp
        stm     r0, {r1, r2}
        mvn     r1, #0
        str     r1, [r0, #8]
        b       power_off

power_off:
        ldr     r0, =0x84000008
        smc     #0
        b       .

start:
        ldr     sp, =HYP_STACK
        bl      hyp_mmu_on
        bl      gic_on
        mov     r0, #HCPTR_FP
        mcr     p15, 4, r0, c1, c1, 2   @ HCPTR
        mov     r0, #CNTHCTL_GUEST
        mcr     p15, 4, r0, c14, c1, 0
        ldr     r0, =0x80000040         @ VTCR: SL0 1, T0SZ 0
        mcr     p15, 4, r0, c2, c1, 2
        ldr     r0, =HYPERVISOR         @ HVBAR
        mcr     p15, 4, r0, c12, c0, 0
        mov     r0, #HSTR_GUEST
        mcr     p15, 4, r0, c1, c1, 3
        mov     r4, #1
1:      mov     r0, r4
        bl      make_vm
        subs    r4, r4, #1
        bpl     1b
        ldr     r11, =VMS
        bl      arm_preemption
        b       resume

@ Stage 1 of Hyp mode: devices below 0x40000000, Normal memory from there, by blocks of 1 GiB.
hyp_mmu_on:
        ldr     r0, =HYP_TABLE
        ldr     r2, =0x00000441         @ Device, XN
        mov     r3, #1 << 22
        mov     r4, #0
        strd    r2, r3, [r0]
        ldr     r2, =0x40000745         @ Normal, Inner Shareable
        mov     r3, #0
        strd    r2, r3, [r0, #8]
        mov     r2, #0
        strd    r2, r3, [r0, #16]
        strd    r2, r3, [r0, #24]
        mcrr    p15, 4, r0, r4, c2      @ HTTBR
        ldr     r1, =0x0000ff04
        mcr     p15, 4, r1, c10, c2, 0  @ HMAIR0
        ldr     r1, =0x80000000
        mcr     p15, 4, r1, c2, c0, 2   @ HTCR
        mcr     p15, 4, r1, c8, c7, 0   @ TLBIALLH
        dsb
        isb
        mrc     p15, 4, r1, c1, c0, 0
        orr     r1, r1, #(1 << 0) | (1 << 2)
        orr     r1, r1, #1 << 12
        mcr     p15, 4, r1, c1, c0, 0   @ HSCTLR
        isb
        bx      lr

@ Makes the record of virtual machine R0.
make_vm:
        push    {r4, lr}
        ldr     r1, =VMS
        add     r1, r1, r0, lsl #12
        str     r0, [r1, #VM_R]         @ the guest gets its number
        str     r0, [r1, #VM_ID]
        ldr     r2, =GUEST
        str     r2, [r1, #VM_PC]
        mov     r2, #0x1d3              @ SVC mode, everything masked
        str     r2, [r1, #VM_CPSR]
        mrc     p15, 0, r2, c1, c0, 0
        str     r2, [r1, #VM_CP15]      @ SCTLR as after reset
        ldr     r2, =POOLS
        add     r2, r2, r0, lsl #POOL_SHIFT
        add     r3, r0, #1
        lsl     r3, r3, #16             @ VMID
        str     r2, [r1, #VM_VTTBR]
        str     r3, [r1, #VM_VTTBR + 4]
        add     r2, r2, #4096           @ the first page is the level 1 table, blank
        str     r2, [r1, #VM_POOL]
        ldr     r2, =HCR_GUEST
        str     r2, [r1, #VM_HCR]
        mov     r2, #1
        str     r2, [r1, #VM_GICH]      @ GICH_HCR.En
        ldr     r2, =0x004c0000
        str     r2, [r1, #VM_GICH + 4]
        lsl     r2, r0, #24
        str     r2, [r1, #VM_TIMER + 16]
        ldr     r2, =SUMMARIES
        add     r2, r2, r0, lsl #6
        str     r2, [r1, #VM_SUMMARY]
        pop     {r4, pc}

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

@ Exceptions from guests

interrupted:
        stm     sp, {r0-r12}
        str     lr, [sp, #VM_USR + 4]
        mov     r11, sp
        ldr     sp, =HYP_STACK
        bl      save_world
        bl      take_interrupts
        b       resume

trapped:
        stm     sp, {r0-r12}
        str     lr, [sp, #VM_USR + 4]
        mov     r11, sp
        ldr     sp, =HYP_STACK
        bl      save_world
        mrc     p15, 4, r10, c5, c2, 0  @ HSR
        lsr     r9, r10, #26
        cmp     r9, #0x01
        beq     wait
        cmp     r9, #0x07
        beq     use_fp
        bl      log_trap
        cmp     r9, #0x12
        beq     call
        cmp     r9, #0x20
        beq     stage2_fault
        cmp     r9, #0x24
        beq     stage2_fault
        @ A register access, or SMC: reads give a number made of the syndrome, writes go nowhere.
        tst     r10, #1
        beq     1f
        ubfx    r0, r10, #5, #4
        bl      register_address
        bic     r1, r10, #0xff000000
        str     r1, [r0]
        cmp     r9, #0x04
        bne     1f
        ubfx    r0, r10, #10, #4
        bl      register_address
        str     r9, [r0]
1:      bl      skip
        b       resume

@ Goes past the guest's instruction.
skip:
        ldr     r0, [r11, #VM_PC]
        tst     r10, #1 << 25           @ HSR.IL
        addeq   r0, r0, #2
        addne   r0, r0, #4
        str     r0, [r11, #VM_PC]
        bx      lr

@ R0: where the register R0 of the guest's current mode is saved. Keeps R1 to R3.
register_address:
        push    {r1, lr}
        cmp     r0, #13
        blo     1f
        ldr     r1, [r11, #VM_CPSR]
        and     r1, r1, #0x1f
        sub     r0, r0, #13
        cmp     r1, #0x13
        moveq   r1, #VM_SVC
        beq     2f
        cmp     r1, #0x12
        moveq   r1, #VM_IRQ
        beq     2f
        mov     r1, #VM_USR
2:      add     r1, r1, r11
        add     r0, r1, r0, lsl #2
        pop     {r1, pc}
1:      add     r0, r11, r0, lsl #2
        pop     {r1, pc}

@ Writes a record: HSR, PC, HDFAR, HIFAR, HPFAR (those that the exception has), R0, R1, CPSR.
log_trap:
        push    {r4, lr}
        ldr     r0, =LOGS
        ldr     r1, [r11, #VM_ID]
        add     r0, r0, r1, lsl #LOG_SHIFT
        ldr     r1, [r0]
        add     r1, r1, #1
        str     r1, [r0]
        add     r0, r0, r1, lsl #5
        mov     r3, #0
        mov     r4, #0
        mov     r5, #0
        cmp     r9, #0x24
        mrceq   p15, 4, r3, c6, c0, 0   @ HDFAR
        mrceq   p15, 4, r5, c6, c0, 4   @ HPFAR
        cmp     r9, #0x20
        mrceq   p15, 4, r4, c6, c0, 2   @ HIFAR
        mrceq   p15, 4, r5, c6, c0, 4
        mov     r1, r10
        ldr     r2, [r11, #VM_PC]
        stm     r0!, {r1-r5}
        ldr     r1, [r11, #VM_R]
        ldr     r2, [r11, #VM_R + 4]
        ldr     r3, [r11, #VM_CPSR]
        stm     r0!, {r1-r3}
        pop     {r4, pc}

@ WFI: the other guest runs; when that is done, the CPU waits.
wait:
        ldr     r0, [r11, #VM_SUMMARY]
        str     r10, [r0, #SUM_WFI_HSR]
        bl      skip
        mov     r4, r11
        bl      next_vm
        cmp     r4, r11
        bne     resume
        dsb
        wfi
        bl      take_interrupts
        b       resume

@ HVC
call:
        uxth    r0, r10
        cmp     r0, #CALL_YIELD
        beq     call_yield
        cmp     r0, #CALL_INJECT
        beq     call_inject
        cmp     r0, #CALL_EXIT
        beq     call_exit
        cmp     r0, #CALL_UNMAP
        beq     call_unmap
        cmp     r0, #CALL_PROTECT
        beq     call_protect
        cmp     r0, #CALL_QUEUE
        ldreq   r1, [r11, #VM_R]
        streq   r1, [r11, #VM_QUEUE]
        cmp     r0, #CALL_MAINTENANCE
        bne     resume
        ldr     r1, [r11, #VM_R]
        ldr     r2, [r11, #VM_GICH]
        orr     r2, r2, r1
        str     r2, [r11, #VM_GICH]
        b       resume

call_yield:
        bl      next_vm
        b       resume

call_exit:
        mov     r0, #1
        str     r0, [r11, #VM_DONE]
        bl      next_vm
        b       resume

call_inject:
        ldr     r0, [r11, #VM_R]
        mov     r7, r11
        bl      inject
        b       resume

call_unmap:
        ldr     r0, [r11, #VM_R]
        bl      find_entry
        ldr     r1, [r0]
        bic     r1, r1, #1
        str     r1, [r0]
        b       changed

call_protect:
        ldr     r0, [r11, #VM_R]
        bl      find_entry
        ldr     r1, [r0]
        bic     r1, r1, #2 << 6         @ HAP: no writes
        str     r1, [r0]
changed:
        dsb
        mcr     p15, 0, r0, c8, c3, 0   @ TLBIALLIS: of this VMID
        dsb
        isb
        b       resume

        .ltorg
        .include "memory.s"
        .include "mmio.s"
        .include "interrupts.s"
        .include "floating-point.s"

        .balign 4096
guest_program:
        .incbin "guest.bin"
        .balign 4096
guest_program_end:
