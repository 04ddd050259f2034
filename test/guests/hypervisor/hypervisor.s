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

        .include "setup.s"
        .include "world-switch.s"

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
        cmp     r0, #CALL_EVICT
        beq     call_evict
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

call_evict:
        mov     r0, #0
        mov     r1, #0
        add     r2, r11, #VM_GICH + 12
        strd    r0, r1, [r2], #8
        strd    r0, r1, [r2]
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
