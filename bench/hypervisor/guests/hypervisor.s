@ The hypervisor of the micro-benchmarks: the test hypervisor's virtual machines and world switch, with exits that do what they must
@ and no more. Starts at HYPERVISOR in Hyp mode with the MMU off, writes its results to the serial port, ends by PSCI SYSTEM_OFF.
@ Virtual machines: 0 runs the benchmarks, 1 is what it switches to and fro, 2 computes without stage 2. While a guest runs
@ SP_hyp is its record; in handlers that switch R11 is.
        .include "bench.inc"
        .text

        b       start
        b       crash
        b       crash
        b       crash
        b       crash
        b       trapped
        b       interrupted
        b       crash

        @ Parameters, which the host overwrites.
parameters:
        .word   625000                  @ counter ticks that a measurement takes at least
        .word   0xffffffff              @ benchmarks to run, by bit

crash:
        ldr     r0, =UART
        mov     r1, #'!'
        str     r1, [r0]
        b       power_off

power_off:
        ldr     r0, =0x84000008
        smc     #0
        b       .

start:
        ldr     sp, =HYP_STACK
        ldr     r0, =UART
        ldr     r1, =0x301              @ UARTEN, TXE, RXE
        str     r1, [r0, #0x30]
        bl      hyp_mmu_on
        bl      gic_on
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 2   @ HCPTR
        mcr     p15, 4, r0, c1, c1, 3   @ HSTR
        mov     r0, #3
        mcr     p15, 4, r0, c14, c1, 0  @ CNTHCTL: nothing is trapped
        ldr     r0, =0x80000040         @ VTCR: SL0 1, T0SZ 0
        mcr     p15, 4, r0, c2, c1, 2
        ldr     r0, =HYPERVISOR         @ HVBAR
        mcr     p15, 4, r0, c12, c0, 0
        mov     r4, #2
1:      mov     r0, r4
        bl      make_vm
        mov     r0, r4
        bl      load_guest
        subs    r4, r4, #1
        bpl     1b
        ldr     r11, =VMS
        b       resume

@ Gives virtual machine R0 its program, and in R1 where it finds itself, R2 and R3 the parameters.
load_guest:
        push    {r4, lr}
        ldr     r1, =VMS
        add     r1, r1, r0, lsl #12
        ldr     r2, =VM_MEMORY
        add     r2, r2, r0, lsl #VM_MEMORY_SHIFT
        ldr     r3, =GUEST
        cmp     r0, #2
        moveq   r3, r2
        str     r3, [r1, #VM_R + 4]
        str     r3, [r1, #VM_PC]
        ldreq   r3, [r1, #VM_HCR]
        biceq   r3, r3, #1              @ HCR.VM
        streq   r3, [r1, #VM_HCR]
        ldr     r4, =parameters
        ldr     r3, [r4]
        str     r3, [r1, #VM_R + 8]
        ldr     r3, [r4, #4]
        str     r3, [r1, #VM_R + 12]
        mov     r3, #0
        str     r3, [r1, #VM_TIMER + 16]
        ldr     r3, =guest_program
        ldr     r4, =guest_program_end
1:      ldr     r0, [r3], #4
        str     r0, [r2], #4
        cmp     r3, r4
        blo     1b
        pop     {r4, pc}

@ All exits but interrupts.
trapped:
        stm     sp, {r0-r12}
        mrc     p15, 4, r0, c5, c2, 0   @ HSR
        lsr     r1, r0, #26
        cmp     r1, #0x12
        beq     call
        cmp     r1, #0x24
        beq     data_abort
        cmp     r1, #0x03
        beq     cp15
        cmp     r1, #0x20
        beq     page_fault
        b       crash

@ A register that is read gives a constant; writes go nowhere.
cp15:
        tst     r0, #1
        ubfx    r1, r0, #5, #4
        movne   r2, #0x41
        strne   r2, [sp, r1, lsl #2]
skip:
        mrs     r1, elr_hyp
        add     r1, r1, #4
        msr     elr_hyp, r1
back:
        ldm     sp, {r0-r12}
        eret

data_abort:
        mrc     p15, 4, r1, c6, c0, 4   @ HPFAR
        lsr     r1, r1, #4
        ldr     r2, =MMIO >> 12
        cmp     r1, r2
        beq     mmio
        ldr     r2, =GICD >> 12
        cmp     r1, r2
        bne     page_fault
        @ The only register of the emulated distributor is GICD_SGIR: an interrupt to the CPU itself.
        ldr     r1, =GICH
        ldr     r2, [r1, #0x30]         @ GICH_ELSR0
        rbit    r2, r2
        clz     r2, r2
        cmp     r2, #4
        bhs     crash
        add     r1, r1, #0x100
        ldr     r3, =LR_VIRTUAL_IPI
        str     r3, [r1, r2, lsl #2]
        b       skip

@ A device of 16 words, by the syndrome.
mmio:
        tst     r0, #1 << 24            @ ISV
        beq     crash
        mrc     p15, 4, r1, c6, c0, 0   @ HDFAR
        and     r1, r1, #0x3c
        add     r1, r1, sp
        add     r1, r1, #VM_DEVICE
        ubfx    r2, r0, #16, #4
        tst     r0, #1 << 6             @ WnR
        ldrne   r3, [sp, r2, lsl #2]
        strne   r3, [r1]
        ldreq   r3, [r1]
        streq   r3, [sp, r2, lsl #2]
        b       skip

@ Maps the page: the guest's memory is in one piece; its GICC is GICV.
page_fault:
        mov     r11, sp
        ldr     sp, =HYP_STACK
        mrc     p15, 4, r8, c6, c0, 4
        lsr     r8, r8, #4
        lsl     r8, r8, #12
        mov     r0, r8
        bl      find_entry
        ldr     r1, =GICC
        sub     r1, r8, r1
        cmp     r1, #0x2000
        ldrlo   r2, =GICV + 0x4c7       @ Device memory, read and write
        blo     1f
        ldr     r1, =GUEST
        sub     r1, r8, r1
        cmp     r1, #1 << VM_MEMORY_SHIFT
        bhs     crash
        ldr     r2, [r11, #VM_ID]
        lsl     r2, r2, #VM_MEMORY_SHIFT
        add     r2, r2, #VM_MEMORY
        orr     r2, r2, #0xff           @ Normal memory, write-back, Inner Shareable, read and write
        orr     r2, r2, #0x700
1:      add     r2, r2, r1
        mov     r3, #0
        strd    r2, r3, [r0]
        dsb     ishst
        mov     sp, r11
        b       back

call:
        uxth    r0, r0
        cmp     r0, #CALL_NOTHING
        beq     back
        cmp     r0, #CALL_FILL
        beq     call_fill
        cmp     r0, #CALL_SWITCH
        beq     call_switch
        mov     r11, sp
        ldr     sp, =HYP_STACK
        cmp     r0, #CALL_BLANK
        beq     call_blank
        cmp     r0, #CALL_REPORT
        beq     call_report
        cmp     r0, #CALL_OFF
        beq     power_off
        b       crash

call_fill:
        ldr     r0, =GICH + 0x100
        ldr     r1, =LR_FILL
        add     r2, r1, #1
        add     r3, r1, #2
        add     r4, r1, #3
        stm     r0, {r1-r4}
        b       back

call_switch:
        str     lr, [sp, #VM_USR + 4]
        mov     r11, sp
        ldr     sp, =HYP_STACK
        bl      save_world
        ldr     r0, [r11, #VM_R]
        ldr     r11, =VMS
        add     r11, r11, r0, lsl #12
        b       resume

@ All pages at BLANK lie in one table.
call_blank:
        ldr     r0, =GUEST + BLANK
        bl      find_entry
        mov     r1, #BLANK_PAGES
        mov     r2, #0
        mov     r3, #0
1:      strd    r2, r3, [r0], #8
        subs    r1, r1, #1
        bne     1b
        dsb     ish
        mcr     p15, 0, r0, c8, c3, 0   @ TLBIALLIS: of this VMID
        dsb     ish
        isb
        mov     sp, r11
        b       back

@ A line "@ BENCHMARK COUNT TICKS", each of 8 hexadecimal digits.
call_report:
        ldr     r4, =UART
        mov     r0, #'@'
        str     r0, [r4]
        ldr     r0, [r11, #VM_R]
        bl      write_word
        ldr     r0, [r11, #VM_R + 4]
        bl      write_word
        ldr     r0, [r11, #VM_R + 8]
        bl      write_word
        mov     r0, #'\n'
        str     r0, [r4]
        mov     sp, r11
        b       back

write_word:
        mov     r1, #' '
        str     r1, [r4]
        mov     r2, #8
1:      ror     r0, r0, #28
        and     r1, r0, #15
        cmp     r1, #10
        addlo   r1, r1, #'0'
        addhs   r1, r1, #'a' - 10
        str     r1, [r4]
        subs    r2, r2, #1
        bne     1b
        bx      lr

@ The virtual timer's: its priority drops, and a list register linked to it takes it on.
interrupted:
        stm     sp, {r0-r12}
        ldr     r0, =GICC
        ldr     r1, [r0, #0xc]          @ GICC_IAR
        ubfx    r2, r1, #0, #10
        cmp     r2, #27
        bne     1f
        str     r1, [r0, #0x10]         @ GICC_EOIR
        ldr     r0, =GICH + 0x100
        ldr     r1, =LR_TIMER
        str     r1, [r0]
        b       back
1:      ldr     r1, =1020
        cmp     r2, r1
        blo     crash
        b       back

        .ltorg
        @ What the test hypervisor's parts call.
gic_on:
        ldr     r0, =GICD
        mov     r1, #1
        str     r1, [r0]                @ GICD_CTLR
        mov     r1, #1 << 27            @ CNTV
        str     r1, [r0, #0x100]
        ldr     r0, =GICC
        mov     r1, #0xf0
        str     r1, [r0, #4]
        ldr     r1, =0x201              @ EOImode
        str     r1, [r0]
        bx      lr

refill:                                 @ no interrupts wait, no guest has VFP
fp_trap:
        bx      lr

        .include "setup.s"
        .include "world-switch.s"
        .ltorg
        .include "tables.s"
        .ltorg

        .balign 4096
guest_program:
        .incbin "guest.bin"
        .balign 4
guest_program_end:
