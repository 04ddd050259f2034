@ Secure firmware with a monitor, and Non-secure code that it calls: what one state may do to the other. Starts in Secure Supervisor
@ mode with the MMU off; ends by writing '.' to the serial port and stopping. With the Virtualization Extensions (ID_PFR1) it goes
@ through Hyp mode as well. Findings are words at FINDINGS, by number.
        .syntax unified
        .arch   armv7ve
        .fpu    neon-vfpv4
        .equ    FINDINGS, 0x40300000
        .equ    UNDEFINED_COUNT, 0x40301000     @ Non-secure Undefined Instruction exceptions
        .equ    COME_BACK, 0x40301004           @ what the monitor does at an FIQ: 0 returns, 1 goes to the Secure side
        .equ    SECURE_SIDE, 0x40301010         @ PC, SPSR of the Secure side while the other runs
        .equ    STACKS, 0x40310000              @ 4 KiB each
        .equ    GICD, 0x08000000
        .equ    GICC, 0x08010000
        .equ    UART, 0x09000000
        .equ    NOWHERE, 0xf0000000
        .equ    NS, 1
        .equ    SCR_FIQ, 1 << 2
        .equ    SCR_EA, 1 << 3
        .equ    SCR_FW, 1 << 4
        .equ    SCR_SCD, 1 << 7
        .equ    SCR_HCE, 1 << 8
        .equ    HCR_FMO, 1 << 3

        .macro  finding n, from=r1
        ldr     r12, =FINDINGS + 4 * \n
        str     \from, [r12]
        .endm

        @ Runs the Non-secure code at \label in \mode until its SMC, with SCR as given.
        .macro  call_ns label, scr=NS, mode=0x1d3
        mov     r0, #1
        ldr     r1, =\scr
        ldr     r2, =\label
        ldr     r3, =\mode
        smc     #0
        .endm

        @ Runs Hyp mode's code at \label with F masked and an FIQ of Group 0 pending; the finding is SPSR_mon of that FIQ, or 0.
        .macro  fiq_in_hyp n, label, scr
        ldr     r4, =FINDINGS
        ldrd    r6, r7, [r4, #4 * 28]   @ of the earlier FIQs, with the interrupt's number
        mov     r1, #0
        str     r1, [r4, #4 * 28]
        ldr     r0, =GICD
        ldr     r1, =0x02000008
        str     r1, [r0, #0xf00]        @ SGI 8
        call_ns \label, NS + SCR_HCE + \scr, 0x1da
        ldr     r1, [r4, #4 * 28]
        strd    r6, r7, [r4, #4 * 28]
        finding \n
        .endm

        @ Back from Non-secure code.
        .macro  return_ns
        mov     r0, #2
        smc     #0
        .endm

        .text
        b       start

        .balign 32
secure_vectors:
        b       .
        b       secure_undefined
        b       .
        b       .
        b       .
        b       .
        b       .
        b       secure_fiq

        .balign 32
monitor_vectors:
        b       .
        b       .
        b       monitor_call
        b       .
        b       monitor_abort
        b       .
        b       .
        b       monitor_fiq

        .balign 32
ns_vectors:
        b       .
        b       ns_undefined
        b       .
        b       .
        b       ns_abort
        b       .
        b       ns_irq
        b       ns_fiq

start:
        mrs     r1, cpsr
        finding 0
        mrc     p15, 0, r1, c1, c1, 0   @ SCR
        finding 1
        ldr     r0, =STACKS
        add     sp, r0, #0x1000
        ldr     r1, =secure_vectors
        mcr     p15, 0, r1, c12, c0, 0  @ VBAR
        ldr     r1, =monitor_vectors
        mcr     p15, 0, r1, c12, c0, 1  @ MVBAR
        cps     #0x16
        add     sp, r0, #0x2000
        mov     r1, #NS                 @ in Monitor mode SCR.NS chooses the copies of registers, and nothing else
        mcr     p15, 0, r1, c1, c1, 0
        isb
        ldr     r1, =0x4000c000
        mcr     p15, 0, r1, c2, c0, 0   @ TTBR0, Non-secure
        mov     r1, #0
        mcr     p15, 0, r1, c1, c1, 0
        isb
        mrs     r1, cpsr
        finding 2
        cps     #0x11
        add     sp, r0, #0x3000
        cps     #0x1b
        add     sp, r0, #0x4000
        cps     #0x13
        ldr     r1, =0x40008000
        mcr     p15, 0, r1, c2, c0, 0   @ TTBR0, Secure
        mov     r1, #0x77
        mcr     p15, 0, r1, c13, c0, 1  @ CONTEXTIDR
        bl      gic_on

        @ SMC from Secure Supervisor mode.
        mov     r0, #0
        smc     #0
        finding 3, r1                   @ SPSR_mon
        finding 4, r2                   @ CPSR in the monitor
        mrc     p15, 0, r1, c1, c1, 0
        finding 5

        @ The Non-secure side, with NSACR clear, SCR.FW and AW clear.
        call_ns ns_registers
        mrc     p15, 0, r1, c2, c0, 0
        finding 17                      @ TTBR0 as it was
        mrc     p15, 0, r1, c13, c0, 1
        finding 18
        mrs     r1, cpsr
        finding 19

        mov     r1, #3 << 10
        mcr     p15, 0, r1, c1, c1, 2   @ NSACR: CP10, CP11
        isb
        mrc     p15, 0, r1, c1, c0, 2
        finding 23                      @ CPACR: the Non-secure side changed nothing of it
        call_ns ns_vfp

        @ An FIQ of Group 0 that is pending before the other side runs: SCR.FIQ takes it to the monitor at once.
        ldr     r4, =GICD
        ldr     r1, =0x02000008
        str     r1, [r4, #0xf00]        @ SGI 8 to itself, Group 0
        call_ns ns_nothing, NS + SCR_FIQ
        @ The same, masked in Secure state, and unmasked there.
        ldr     r1, =0x02000008
        str     r1, [r4, #0xf00]
        mrc     p15, 0, r1, c12, c1, 0
        finding 30                      @ ISR
        cpsie   f
        nop
        cpsid   f

        @ Group 1, by the Non-secure side itself.
        call_ns ns_gic

        @ The Secure timer takes the Non-secure side away; SMC is disabled there.
        mov     r1, #1
        ldr     r0, =COME_BACK
        str     r1, [r0]
        ldr     r1, =20000
        mcr     p15, 0, r1, c14, c2, 0  @ CNTP_TVAL, Secure
        mov     r1, #1
        mcr     p15, 0, r1, c14, c2, 1
        isb
        call_ns ns_without_smc, NS + SCR_FIQ + SCR_SCD
        mrc     p15, 0, r1, c14, c2, 1
        finding 46                      @ CNTP_CTL: met
        mov     r1, #0
        mcr     p15, 0, r1, c14, c2, 1
        ldr     r0, =COME_BACK
        str     r1, [r0]

        @ External aborts of the Non-secure side: its own, and the monitor's.
        call_ns ns_external
        call_ns ns_external_monitor, NS + SCR_EA

        call_ns ns_group0
        ldr     r4, =GICC
        ldr     r1, [r4, #0x18]
        finding 38                      @ GICC_HPPIR

        @ HVC needs SCR.HCE, and Non-secure state.
        ldr     r1, =0
        hvc     #0
        finding 57
        mrc     p15, 0, r1, c0, c1, 1   @ ID_PFR1.Virtualization
        ubfx    r1, r1, #12, #4
        finding 58
        call_ns ns_hvc
        cmp     r1, #0
        ldr     r12, =FINDINGS + 4 * 58
        ldr     r1, [r12]
        cmp     r1, #0
        beq     done
        call_ns hyp_start, NS + SCR_HCE, 0x1da
        fiq_in_hyp 66, hyp_nothing, SCR_FIQ
        fiq_in_hyp 67, hyp_nothing, SCR_FIQ + SCR_FW
        fiq_in_hyp 68, hyp_nothing, 0
        fiq_in_hyp 69, hyp_with_fmo, SCR_FIQ + SCR_FW
done:
        ldr     r0, =UART
        mov     r1, #'.'
        str     r1, [r0]
        b       .

gic_on:
        ldr     r0, =GICD
        mvn     r1, #1 << 8
        bic     r1, r1, #1 << 29
        str     r1, [r0, #0x80]         @ GICD_IGROUPR0: SGI 8 and the Secure timer are Group 0
        mvn     r1, #0
        str     r1, [r0, #0x100]        @ all enabled
        mov     r1, #3
        str     r1, [r0]
        ldr     r1, =0xa0a0a0a0         @ priorities of the Non-secure half
        str     r1, [r0, #0x400]
        str     r1, [r0, #0x404]
        ldr     r1, =0x40404040
        str     r1, [r0, #0x408]
        ldr     r0, =GICC
        mov     r1, #0xff
        str     r1, [r0, #4]
        mov     r1, #0xb                @ both groups, Group 0 by FIQ
        str     r1, [r0]
        bx      lr

secure_undefined:                       @ R1: that it was
        mov     r1, #0xdd
        movs    pc, lr

secure_fiq:
        push    {r0, r1, r12}
        ldr     r0, =GICC
        ldr     r1, [r0, #0xc]
        finding 31
        str     r1, [r0, #0x10]
        mrs     r1, cpsr
        finding 32
        pop     {r0, r1, r12}
        subs    pc, lr, #4

@ The monitor

monitor_call:
        cmp     r0, #1
        beq     to_ns
        cmp     r0, #2
        beq     to_secure
        mrs     r1, spsr
        mrs     r2, cpsr
        movs    pc, lr

to_ns:
        ldr     r12, =SECURE_SIDE
        mrs     r0, spsr
        stm     r12, {r0, lr}
        mcr     p15, 0, r1, c1, c1, 0
        isb
        msr     spsr_fsxc, r3
        mov     lr, r2
        movs    pc, lr

to_secure:
        mov     r0, #0
        mcr     p15, 0, r0, c1, c1, 0
        isb
        ldr     r12, =SECURE_SIDE
        ldm     r12, {r0, lr}
        msr     spsr_fsxc, r0
        movs    pc, lr

monitor_fiq:
        push    {r0, r1, r12}
        mrs     r1, spsr
        finding 28
        ldr     r0, =GICC
        ldr     r1, [r0, #0xc]          @ a Secure access, whatever SCR.NS
        finding 29
        str     r1, [r0, #0x10]
        ldr     r0, =COME_BACK
        ldr     r0, [r0]
        cmp     r0, #0
        pop     {r0, r1, r12}
        bne     to_secure
        subs    pc, lr, #4

monitor_abort:
        push    {r0, r1, r12}
        mrs     r1, spsr
        finding 53
        mov     r1, #0
        mcr     p15, 0, r1, c1, c1, 0   @ the Secure copies
        isb
        mrc     p15, 0, r1, c5, c0, 0
        finding 54
        mrc     p15, 0, r1, c6, c0, 0
        finding 55
        mov     r1, #NS + SCR_EA
        mcr     p15, 0, r1, c1, c1, 0
        isb
        pop     {r0, r1, r12}
        subs    pc, lr, #4              @ behind the load

@ The Non-secure side

ns_start:
        ldr     r0, =ns_vectors
        mcr     p15, 0, r0, c12, c0, 0
        ldr     r0, =STACKS
        add     sp, r0, #0x8000
        cps     #0x12
        add     sp, r0, #0x9000
        cps     #0x1b
        add     sp, r0, #0xa000
        cps     #0x17
        add     sp, r0, #0xb000
        cps     #0x13
        bx      lr

ns_undefined:                           @ counted; the next instruction
        push    {r0, r1}
        ldr     r0, =UNDEFINED_COUNT
        ldr     r1, [r0]
        add     r1, r1, #1
        str     r1, [r0]
        pop     {r0, r1}
        movs    pc, lr

ns_registers:
        mov     r11, lr
        bl      ns_start
        mrs     r1, cpsr
        finding 6
        mrc     p15, 0, r1, c2, c0, 0
        finding 7                       @ TTBR0: the monitor's gift
        mrc     p15, 0, r1, c13, c0, 1
        finding 8                       @ CONTEXTIDR: not the Secure one
        mov     r1, #0x55
        mcr     p15, 0, r1, c13, c0, 1
        mrc     p15, 0, r1, c1, c1, 0   @ SCR
        mcr     p15, 0, r1, c1, c1, 0
        mrc     p15, 0, r1, c12, c0, 1  @ MVBAR
        mrc     p15, 0, r1, c1, c1, 1   @ SDER
        mcr     p15, 0, r1, c1, c1, 2   @ NSACR: may be read
        ldr     r1, =UNDEFINED_COUNT
        ldr     r1, [r1]
        finding 9
        mvn     r1, #0
        mrc     p15, 0, r1, c1, c1, 2
        finding 10
        mov     r1, #15 << 20
        mcr     p15, 0, r1, c1, c0, 2   @ CPACR: RAZ/WI where NSACR says so
        mrc     p15, 0, r1, c1, c0, 2
        finding 11
        cpsie   f
        mrs     r1, cpsr
        finding 12                      @ F by SCR.FW
        cpsie   a
        mrs     r1, cpsr
        finding 13
        cps     #0x16                   @ no way into Monitor mode
        mrs     r1, cpsr
        finding 14
        cps     #0x13
        return_ns

ns_vfp:
        mov     r1, #15 << 20
        mcr     p15, 0, r1, c1, c0, 2
        isb
        mrc     p15, 0, r1, c1, c0, 2
        finding 20
        mov     r1, #1 << 30
        vmsr    fpexc, r1
        vmov.f64 d0, #1.0
        vadd.f64 d0, d0, d0
        vmov    r0, r1, d0
        finding 21
        ldr     r1, =UNDEFINED_COUNT
        ldr     r1, [r1]
        finding 22
        return_ns

ns_nothing:
        mov     r1, #0x42
        finding 27
        return_ns

ns_gic:
        ldr     r4, =GICD
        ldr     r5, =GICC
        ldr     r1, [r4, #0x80]
        finding 33                      @ GICD_IGROUPR0: RAZ
        ldr     r1, [r4, #0x100]
        finding 34                      @ GICD_ISENABLER0 without Group 0
        mov     r1, #1
        str     r1, [r4]                @ its own GICD_CTLR
        str     r1, [r5]
        mov     r1, #0xf0
        str     r1, [r5, #4]
        ldr     r1, [r5, #4]
        finding 35                      @ GICC_PMR: the lower half of the priorities
        ldr     r1, [r4, #0x400]
        finding 36                      @ GICD_IPRIORITYR0
        ldr     r1, [r4, #0x408]
        finding 37                      @ of Group 0 among them
        ldr     r1, =0x02008003
        str     r1, [r4, #0xf00]        @ SGI 3, NSATT
        ldr     r1, [r5, #0x18]
        finding 39
        cpsie   i
        nop
        cpsid   i
        return_ns

ns_group0:
        ldr     r4, =GICD
        ldr     r1, =0x02000008
        str     r1, [r4, #0xf00]        @ SGI 8 is not its to send
        return_ns

ns_irq:
        push    {r0, r1, r12}
        ldr     r0, =GICC
        ldr     r1, [r0, #0xc]
        finding 40
        ldr     r1, [r0, #0x14]
        finding 41                      @ GICC_RPR, as it sees it
        mov     r1, #3
        str     r1, [r0, #0x10]
        pop     {r0, r1, r12}
        subs    pc, lr, #4

ns_fiq:
        mov     r8, #0xff
        ldr     r9, =FINDINGS + 4 * 42
        str     r8, [r9]
        subs    pc, lr, #4

ns_without_smc:
        ldr     r4, =UNDEFINED_COUNT
        ldr     r3, [r4]                @ the monitor uses R1 and R2
        smc     #0
        ldr     r1, [r4]
        sub     r1, r1, r3
        finding 43
        mrc     p15, 0, r1, c14, c2, 1
        finding 44                      @ CNTP_CTL of this side
        cpsid   f                       @ F masks nothing that goes to the monitor
1:      add     r1, r1, #1
        finding 45
        b       1b

ns_external:
        ldr     r0, =NOWHERE
        ldr     r1, [r0]
        return_ns

ns_external_monitor:
        ldr     r0, =NOWHERE
        ldr     r1, [r0]
        mov     r1, #0x99
        finding 56
        return_ns

ns_abort:
        push    {r0, r1, r12}
        mrc     p15, 0, r1, c5, c0, 0
        finding 50
        mrc     p15, 0, r1, c6, c0, 0
        finding 51
        mrs     r1, spsr
        finding 52
        pop     {r0, r1, r12}
        subs    pc, lr, #4

ns_hvc:
        ldr     r4, =UNDEFINED_COUNT
        ldr     r2, [r4]
        hvc     #1
        ldr     r1, [r4]
        sub     r1, r1, r2
        finding 59
        return_ns

@ Hyp mode, between the two.

        .balign 32
hyp_vectors:
        b       .
        b       .
        b       .
        b       .
        b       .
        b       hyp_trap
        b       .
        b       .

hyp_start:
        mrs     r1, cpsr
        finding 60
        ldr     r1, =hyp_vectors
        mcr     p15, 4, r1, c12, c0, 0  @ HVBAR
        ldr     r0, =STACKS
        add     sp, r0, #0xc000
        mrc     p15, 4, r1, c1, c1, 2   @ HCPTR: CP10 by NSACR
        finding 61
        mov     r1, #1 << 19
        mcr     p15, 4, r1, c1, c1, 0   @ HCR.TSC
        mov     r1, #0xd3
        msr     spsr_fsxc, r1
        ldr     r1, =ns_of_hyp
        msr     elr_hyp, r1
        eret

hyp_trap:
        mrc     p15, 4, r1, c5, c2, 0   @ HSR
        lsr     r2, r1, #26
        cmp     r2, #0x13
        beq     1f
        finding 62
        eret
1:      finding 63
        mrs     r1, elr_hyp
        ldr     r2, =ns_smc
        sub     r1, r1, r2
        add     r1, r1, #1
        finding 64
        return_ns                       @ on behalf of the guest

hyp_with_fmo:
        mov     r1, #HCR_FMO
        mcr     p15, 4, r1, c1, c1, 0
        isb
hyp_nothing:
        nop
        return_ns

ns_of_hyp:
        hvc     #0x33
        mrs     r1, cpsr
        finding 65
        mov     r0, #2
ns_smc: smc     #0
        b       .
        .ltorg
