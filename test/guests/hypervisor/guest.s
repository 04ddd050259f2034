@ The program of both virtual machines, at GUEST in Supervisor mode with the MMU off; R0 is its number. What it finds it
@ hands over by HVC #CALL_LOG: R0 the number of the finding, R1 its value.
        .include "layout.inc"
        .equ    RAM, 0x80100000
        .equ    COUNT, 0x80101000       @ virtual interrupts taken, their IDs in order, asynchronous aborts, timer interrupts, the sum of IDs
        .equ    TABLE1, 0x80110000
        .equ    SVC_STACK, 0x80108000
        .equ    IRQ_STACK, 0x8010a000
        .equ    ABT_STACK, 0x8010c000
        .equ    ALIAS, 0xc0000000       @ RAM once more, with stage 1 on
        .equ    NORMAL, 0x00011c0e      @ sections: write-back, full access
        .equ    DEVICE, 0x00000c16      @ shared Device, XN

        .macro  finding n, value=r1
        .ifnc   \value, r1
        mov     r1, \value
        .endif
        mov     r0, #\n
        hvc     #CALL_LOG
        .endm

        .text
        b       start
        b       unexpected
        b       unexpected
        b       unexpected
        b       aborted
        b       .
        b       interrupt
        b       .

unexpected:
        mrs     r1, cpsr
        finding 99
        hvc     #CALL_EXIT

start:
        mov     r9, r0
        ldr     r0, =GUEST
        mcr     p15, 0, r0, c12, c0, 0  @ VBAR
        ldr     sp, =SVC_STACK
        cps     #0x12
        ldr     sp, =IRQ_STACK
        cps     #0x17
        ldr     sp, =ABT_STACK
        cps     #0x13

        @ 1: pages one by one, every one with a content of its own.
        ldr     r4, =RAM + 0x20000
        mov     r5, #16
        add     r6, r9, #0x100
1:      str     r6, [r4]
        add     r4, r4, #4096
        add     r6, r6, #1
        subs    r5, r5, #1
        bne     1b
        ldr     r4, =RAM + 0x20000
        mov     r5, #16
        mov     r1, #0
1:      ldr     r6, [r4]
        add     r4, r4, #4096
        add     r1, r6, r1, lsl #1
        subs    r5, r5, #1
        bne     1b
        finding 1

        @ 2: the device with a syndrome, all sizes, with and without a sign.
        ldr     r4, =MMIO
        ldr     r5, =0x81828384
        str     r5, [r4]
        ldr     r1, [r4]
        finding 2
        mov     r2, #0xfe
        strb    r2, [r4, #5]
        strh    r5, [r4, #6]
        ldr     r1, [r4, #4]
        finding 3
        ldrb    r1, [r4, #1]
        finding 4
        ldrsb   r1, [r4, #1]
        finding 5
        ldrh    r1, [r4, #2]
        finding 6
        mov     r2, #2
        ldrsh   r1, [r4, r2]
        finding 7
        str     lr, [r4, #8]
        str     r9, [r4, #12]
        ldr     lr, [r4, #12]
        finding 8, lr

        @ 3: the device without one.
        mov     r6, sp
        sub     r0, r4, #4
        ldr     sp, [r0, #4]!
        mov     r5, sp
        mov     sp, r6
        sub     r1, r0, r4
        eor     r1, r1, r5
        finding 10
        add     r3, r4, #16
        mov     r5, #0x11
        str     r5, [r3], #4
        strb    r5, [r3, #1]!
        mov     r6, #0x22
        mov     r7, #0x33
        add     r0, r4, #24
        stm     r0!, {r5-r7}
        strd    r6, r7, [r0], #8
        sub     r1, r0, r4
        add     r1, r1, r3
        sub     r1, r1, r4
        finding 11
        add     r0, r4, #44
        ldmda   r0!, {r1, r2, r3, r5, r6, r7}
        add     r1, r1, r2, lsl #4
        eor     r1, r1, r3, ror #8
        add     r1, r1, r5, lsl #16
        add     r1, r1, r6
        eor     r1, r1, r7
        add     r1, r1, r0
        sub     r1, r1, r4
        finding 12
        add     r0, r4, #4
        ldrsh   r2, [r0], #2
        ldrsb   r3, [r0, #-5]!
        ldrd    r6, r7, [r4, #24]
        add     r1, r2, r3
        eor     r1, r1, r6, lsl #8
        add     r1, r1, r7, lsl #20
        sub     r10, r0, r4
        finding 13
        finding 14, r10
        blx     thumb_mmio

        @ 4: registers and instructions that are trapped.
        mov     r6, #6
        mov     r7, #0
1:      rsbs    r2, r6, #3              @ R1 stays
        mrc     p15, 0, r2, c1, c0, 1
        add     r7, r7, r2
        blx     trapped_thumb
        subs    r6, r6, #1
        bne     1b
        finding 25, r7
        mrc     p15, 0, r1, c1, c0, 1   @ ACTLR, by HCR.TAC
        finding 20
        mov     r2, #0
        mcr     p15, 0, r2, c8, c7, 0   @ TLBIALL, by TTLB
        mrc     p15, 0, r1, c5, c0, 0   @ DFSR, by HSTR.T5
        finding 21
        mcr     p15, 0, r2, c5, c0, 1
        mrrc    p15, 0, r2, r3, c14     @ CNTPCT, by CNTHCTL
        add     r1, r2, r3
        finding 22
        mrc     p15, 0, r1, c14, c2, 1  @ CNTP_CTL
        finding 23
        smc     #0
        mrrc    p15, 1, r2, r3, c14     @ CNTVCT is not
        isb
        mrrc    p15, 1, r5, r6, c14
        subs    r1, r5, r2
        sbcs    r1, r6, r3
        movge   r1, #1
        movlt   r1, #0
        finding 24

        @ 5: a page that is taken away, and one that is read-only for a time.
        ldr     r0, =RAM + 0x21000
        hvc     #CALL_UNMAP
        ldr     r1, [r0]
        finding 30
        ldr     r0, =RAM + 0x22000
        hvc     #CALL_PROTECT
        ldr     r1, [r0]
        add     r1, r1, #1
        str     r1, [r0]
        ldr     r1, [r0]
        finding 31
        ldr     r0, =RAM + 0x23000
        hvc     #CALL_UNMAP
        mcr     p15, 0, r0, c7, c10, 1  @ DCCMVAC: faults, then does not
        mcr     p15, 0, r0, c7, c14, 1  @ DCCIMVAC
        ldr     r1, [r0]
        finding 32

        @ 6: an asynchronous abort, masked first.
        ldr     r0, =BROKEN
        ldr     r2, [r0]
        ldr     r0, =COUNT
        ldr     r1, [r0, #8]
        cpsie   a
        ldr     r2, [r0, #8]
        add     r1, r2, r1, lsl #8
        finding 40

        @ 7: stage 1 on. Its table is taken away behind its back.
        ldr     r0, =TABLE1
        mov     r1, #0
        add     r2, r0, #0x4000
1:      str     r1, [r0], #4
        cmp     r0, r2
        bne     1b
        ldr     r0, =TABLE1
        ldr     r2, =NORMAL
        ldr     r3, =DEVICE
        add     r1, r2, #0x80000000
        add     r4, r0, #0x2000
        str     r1, [r4]                @ the program
        add     r1, r1, #0x100000
        str     r1, [r4, #4]            @ RAM
        add     r4, r0, #0x3000
        str     r1, [r4]                @ ALIAS
        add     r1, r3, #0x90000000
        add     r4, r0, #0x2400
        str     r1, [r4]                @ MMIO
        add     r1, r3, #0x08000000
        str     r1, [r0, #0x200]        @ the GIC
        mov     r1, #1
        mcr     p15, 0, r1, c3, c0, 0   @ DACR
        mcr     p15, 0, r0, c2, c0, 0   @ TTBR0
        add     r0, r0, #0x3000
        hvc     #CALL_UNMAP
        mrc     p15, 0, r1, c1, c0, 0
        orr     r1, r1, #1
        orr     r1, r1, #0x1000
        orr     r1, r1, #4
        mcr     p15, 0, r1, c1, c0, 0
        isb
        ldr     r0, =ALIAS + 0x20000
        ldr     r1, [r0]                @ the walk faults
        finding 50
        ldr     r0, =RAM + 0x2f000
        hvc     #CALL_UNMAP
        ldr     r0, =ALIAS + 0x2effe
        ldr     r1, [r0]                @ unaligned, its second page faults
        finding 51
        ldr     r0, =MMIO
        ldr     r1, [r0]
        finding 52

        @ 8: virtual interrupts.
        ldr     r4, =GICC
        mov     r1, #0xf0
        str     r1, [r4, #4]
        mov     r1, #1
        str     r1, [r4]
        ldr     r5, =COUNT
        ldr     r0, =0x18000021         @ 33, pending, priority 0x80
        hvc     #CALL_INJECT
        mrc     p15, 0, r1, c12, c1, 0  @ ISR
        finding 60
        ldr     r0, =0x14000c02         @ SGI 2 of CPU 3, a higher priority
        hvc     #CALL_INJECT
        ldr     r1, [r4, #0x18]         @ HPPIR
        finding 61
        cpsie   i
        cpsid   i
        ldr     r1, [r5, #4]
        finding 62
        mov     r0, #11
        hvc     #CALL_QUEUE
        cpsie   i
        cpsid   i
        ldr     r1, [r5]
        finding 63
        ldr     r1, [r5, #16]           @ in which order depends on when the other guest had its turns
        finding 64
        ldr     r0, =0x18080022         @ 34, with EOI
        hvc     #CALL_INJECT
        mov     r0, #0x16               @ UIE, LRENPIE, VGrp0EIE
        hvc     #CALL_MAINTENANCE
        cpsie   i
        cpsid   i
        mov     r0, #0x20               @ VGrp0DIE
        hvc     #CALL_MAINTENANCE
        mov     r1, #0
        str     r1, [r4]
        mov     r1, #2
        str     r1, [r4]
        mov     r0, #0xc0               @ VGrp1EIE, VGrp1DIE
        hvc     #CALL_MAINTENANCE
        mov     r1, #1
        str     r1, [r4]
        ldr     r1, [r5]
        finding 65
        ldr     r0, =0x18000023         @ 35: its end comes when no list register has it any more
        hvc     #CALL_INJECT
        ldr     r6, [r4, #0xc]          @ IAR
        hvc     #CALL_EVICT
        mov     r0, #4                  @ LRENPIE
        hvc     #CALL_MAINTENANCE
        str     r6, [r4, #0x10]         @ EOIR
        mov     r1, r6
        finding 66

        @ 9: a long computation on memory and VFP registers, in turns with the other guest's.
        mov     r0, #15 << 20
        mcr     p15, 0, r0, c1, c0, 2   @ CPACR
        isb
        mov     r0, #1 << 30
        vmsr    fpexc, r0
        vmov    s0, r9
        vcvt.f64.u32 d1, s0             @ the guest's number
        vmov.f64 d2, #1.0
        vadd.f64 d31, d1, d2
        vmov    s0, r9
        vcvt.f64.u32 d2, s0
        mov     r0, #20
1:      ldr     r2, =ALIAS + 0x20000
        mov     r3, #3000
2:      ldr     r1, [r2]
        add     r1, r1, r3
        str     r1, [r2, #4]!
        mcr     p15, 0, r2, c7, c10, 1  @ DCCMVAC, by a stage 1 and a stage 2 that have the page
        bic     r2, r2, #0x3000
        vadd.f64 d2, d2, d31
        subs    r3, r3, #1
        bne     2b
        hvc     #CALL_YIELD
        subs    r0, r0, #1
        bne     1b
        vmov    r1, r2, d2
        eor     r1, r1, r2
        finding 70
        ldr     r0, =ALIAS + 0x20000
        mov     r1, #0
        mov     r3, #0x1000
1:      ldr     r2, [r0], #4
        eor     r1, r2, r1, ror #31
        subs    r3, r3, #1
        bne     1b
        finding 71

        @ 10: the virtual timer, its interrupt linked to the physical one.
        mov     r6, #3
1:      ldr     r0, =4000
        mcr     p15, 0, r0, c14, c3, 0  @ CNTV_TVAL
        mov     r0, #1
        mcr     p15, 0, r0, c14, c3, 1  @ CNTV_CTL
        isb
        ldr     r7, [r5, #12]
2:      wfi
        cpsie   i
        cpsid   i
        ldr     r0, [r5, #12]
        cmp     r0, r7
        beq     2b
        subs    r6, r6, #1
        bne     1b
        ldr     r1, [r5, #12]
        finding 80
        hvc     #CALL_EXIT

interrupt:
        sub     lr, lr, #4
        push    {r0-r3, lr}
        ldr     r1, =GICC
        ldr     r2, =COUNT
        ldr     r0, [r1, #0xc]          @ IAR
        ubfx    r3, r0, #0, #10
        cmp     r3, #27
        beq     1f
        ldr     r3, [r2]
        add     r3, r3, #1
        str     r3, [r2]
        ldr     r3, [r2, #4]
        add     r3, r3, r3, lsl #2
        add     r3, r3, r0
        str     r3, [r2, #4]
        ldr     r3, [r2, #16]
        add     r3, r3, r0
        str     r3, [r2, #16]
        str     r0, [r1, #0x10]         @ EOIR
        ldm     sp!, {r0-r3, pc}^
1:      mov     r3, #0
        mcr     p15, 0, r3, c14, c3, 1
        isb
        ldr     r3, [r2, #12]
        add     r3, r3, #1
        str     r3, [r2, #12]
        str     r0, [r1, #0x10]
        ldm     sp!, {r0-r3, pc}^

aborted:
        sub     lr, lr, #8
        push    {r0, r1, lr}
        ldr     r0, =COUNT
        ldr     r1, [r0, #8]
        add     r1, r1, #1
        str     r1, [r0, #8]
        ldm     sp!, {r0, r1, pc}^

        .thumb
        .thumb_func
thumb_mmio:
        push    {lr}
        ldr     r1, [r4, #4]
        finding 15
        strh    r1, [r4, #8]
        ldr.w   r1, [r4, #8]
        finding 16
        mov     r3, r4
        str     r9, [r3, #4]!
        ldr     r1, [r3], #8
        adds    r1, r1, r3
        subs    r1, r1, r4
        finding 17
        pop     {pc}

        .thumb_func
trapped_thumb:
        lsls    r3, r6, #30
        mcr     p15, 0, r6, c1, c0, 1
        .inst.n 0xbfe8                  @ it al: in ITSTATE all the same
        .inst.w 0xee113f30              @ mrc p15, 0, r3, c1, c0, 1
        add     r7, r7, r3
        bx      lr
        .ltorg
