@ The program of all virtual machines, in Supervisor mode with the MMU off: R0 is the machine's number, R1 where it is, R2 the ticks of a
@ measurement, R3 which benchmarks. It runs at GUEST by its own stage 1.
        .include "bench.inc"
        .equ    NORMAL, 0x00011c0e      @ sections: write-back, full access
        .equ    DEVICE, 0x00000c16      @ shared Device, XN

        .text
        b       start
        b       .
        b       .
        b       .
        b       .
        b       .
        b       interrupt
        b       .

@ Stage 1: GUEST is at R1, whatever R1 is; devices are where they are.
start:
        mov     r9, r0
        mov     r10, r2
        mov     r11, r3
        add     r0, r1, #TABLE1
        mov     r2, #0
        add     r3, r0, #0x4000
1:      str     r2, [r0], #4
        cmp     r0, r3
        bne     1b
        add     r0, r1, #TABLE1
        ldr     r2, =NORMAL
        orr     r2, r2, r1
        add     r4, r0, #0x2000         @ GUEST
        add     r5, r0, r1, lsr #18     @ R1 itself, until the jump
        mov     r3, #4
1:      str     r2, [r4], #4
        str     r2, [r5], #4
        add     r2, r2, #1 << 20
        subs    r3, r3, #1
        bne     1b
        ldr     r3, =DEVICE
        add     r2, r3, #MMIO
        add     r4, r0, #0x2400
        str     r2, [r4]
        add     r2, r3, #GICD
        str     r2, [r0, #0x200]
        mov     r2, #1
        mcr     p15, 0, r2, c3, c0, 0   @ DACR
        mcr     p15, 0, r0, c2, c0, 0   @ TTBR0
        mrc     p15, 0, r2, c1, c0, 0
        orr     r2, r2, #1
        orr     r2, r2, #0x1000
        orr     r2, r2, #4
        dsb
        mcr     p15, 0, r2, c1, c0, 0   @ SCTLR
        isb
        ldr     pc, =there
there:
        ldr     r0, =GUEST
        mcr     p15, 0, r0, c12, c0, 0  @ VBAR
        ldr     sp, =GUEST + SVC_STACK
        cps     #0x12
        ldr     sp, =GUEST + IRQ_STACK
        cps     #0x13
        cmp     r9, #1
        beq     partner
        bl      prepare_compute
        cmp     r9, #2
        beq     alone
        ldr     r4, =GICC
        mov     r0, #0xf0
        str     r0, [r4, #4]
        mov     r0, #1
        str     r0, [r4]

        @ The first report of each is its warm-up, eight times as long: nobody counts it.
        lsl     r10, r10, #3
        mov     r9, #2
4:      ldr     r7, =benchmarks
1:      ldr     r6, [r7], #4
        ldr     r5, [r7], #4
        cmp     r5, #0
        beq     2f
        mov     r0, #1
        tst     r11, r0, lsl r6
        blne    measure
        b       1b
2:      cmp     r9, #2
        lsreq   r10, r10, #3
        subs    r9, r9, #1
        bne     4b
        @ With and without stage 2 in turns, so that both have the same conditions.
        mov     r0, #1
        tst     r11, r0, lsl #BENCH_COMPUTE
        beq     3f
        mov     r9, #5
1:      mov     r6, #BENCH_COMPUTE
        ldr     r5, =compute
        bl      measure
        mov     r0, #2
        hvc     #CALL_SWITCH
        subs    r9, r9, #1
        bne     1b
3:      hvc     #CALL_OFF

alone:
        mov     r6, #BENCH_COMPUTE_ALONE
        ldr     r5, =compute
        bl      measure
        mov     r0, #0
        hvc     #CALL_SWITCH
        b       alone

partner:
        mov     r0, #0
        hvc     #CALL_SWITCH
        b       partner

benchmarks:
        .word   BENCH_NOTHING, nothing
        .word   BENCH_HYPERCALL, hypercall
        .word   BENCH_TRAPPED_CP15, trapped_cp15
        .word   BENCH_STAGE2_FAULT, stage2_fault
        .word   BENCH_MMIO_EXIT, mmio_exit
        .word   BENCH_VIRTUAL_IPI, virtual_ipi
        .word   BENCH_ACK_EOI, ack_eoi
        .word   BENCH_TIMER, timer
        .word   BENCH_WORLD_SWITCH, world_switch
        .word   BENCH_COUNTER, counter
        .word   0, 0

@ Runs the function R5 for benchmark R6 with more and more repetitions, until they take R10 ticks of the virtual counter, and
@ reports the last. A function has R0 repetitions to do, a multiple of 256, and may use R0 to R4.
measure:
        push    {r7, r8, lr}
        mov     r8, #256
1:      isb
        mrrc    p15, 1, r2, r3, c14
        push    {r2, r3}
        mov     r0, r8
        blx     r5
        isb
        mrrc    p15, 1, r2, r3, c14
        pop     {r0, r1}
        subs    r2, r2, r0
        sbc     r3, r3, r1
        cmp     r2, r10
        lsllo   r8, r8, #1
        blo     1b
        mov     r0, r6
        mov     r1, r8
        hvc     #CALL_REPORT
        pop     {r7, r8, pc}

@ What the loops cost themselves.
nothing:
        subs    r0, r0, #1
        bne     nothing
        bx      lr

hypercall:
        hvc     #CALL_NOTHING
        subs    r0, r0, #1
        bne     hypercall
        bx      lr

trapped_cp15:
        mrc     p15, 0, r1, c1, c0, 1   @ ACTLR, by HCR.TAC
        subs    r0, r0, #1
        bne     trapped_cp15
        bx      lr

stage2_fault:
        hvc     #CALL_BLANK
        ldr     r1, =GUEST + BLANK
        mov     r2, #BLANK_PAGES
1:      ldr     r3, [r1]
        add     r1, r1, #4096
        subs    r2, r2, #1
        bne     1b
        subs    r0, r0, #BLANK_PAGES
        bne     stage2_fault
        bx      lr

mmio_exit:
        ldr     r1, =MMIO
1:      ldr     r2, [r1, #4]
        subs    r0, r0, #1
        bne     1b
        bx      lr

@ To itself, by the distributor, until the handler has run.
virtual_ipi:
        cpsie   i
        ldr     r1, =GICD + GICD_SGIR
        ldr     r2, =GUEST + COUNTER
        ldr     r3, =0x02000001
1:      ldr     r4, [r2]
        str     r3, [r1]
2:      ldr     r12, [r2]
        cmp     r12, r4
        beq     2b
        subs    r0, r0, #1
        bne     1b
        cpsid   i
        bx      lr

@ Four interrupts by a hypercall, each of them taken and ended by hand.
ack_eoi:
        ldr     r1, =GICC
1:      hvc     #CALL_FILL
        .rept   4
        ldr     r2, [r1, #0xc]
        str     r2, [r1, #0x10]
        .endr
        subs    r0, r0, #4
        bne     1b
        bx      lr

@ The virtual timer, due at once: a physical interrupt, and a virtual one that is linked to it.
timer:
        cpsie   i
        ldr     r2, =GUEST + COUNTER
1:      ldr     r4, [r2]
        mov     r1, #0
        mcr     p15, 0, r1, c14, c3, 0  @ CNTV_TVAL
        mov     r1, #1
        mcr     p15, 0, r1, c14, c3, 1  @ CNTV_CTL
        isb
2:      ldr     r12, [r2]
        cmp     r12, r4
        beq     2b
        subs    r0, r0, #1
        bne     1b
        cpsid   i
        bx      lr

@ To the other virtual machine and back: two switches.
world_switch:
        mov     r4, r0
1:      mov     r0, #1
        hvc     #CALL_SWITCH
        subs    r4, r4, #2
        bne     1b
        bx      lr

counter:
        mrrc    p15, 1, r2, r3, c14     @ CNTVCT
        subs    r0, r0, #1
        bne     counter
        bx      lr

interrupt:
        sub     lr, lr, #4
        push    {r0-r3, lr}
        ldr     r1, =GICC
        ldr     r0, [r1, #0xc]          @ IAR
        ldr     r2, =GUEST + COUNTER
        ldr     r3, [r2]
        add     r3, r3, #1
        str     r3, [r2]
        ubfx    r3, r0, #0, #10
        cmp     r3, #27
        moveq   r3, #0
        mcreq   p15, 0, r3, c14, c3, 1
        isb
        str     r0, [r1, #0x10]         @ EOIR
        ldm     sp!, {r0-r3, pc}^

@ Something to compute: CRC-32 of 64 KiB by a table, and a sieve of 64 Ki numbers whose result goes into the bytes. A repetition
@ is 256 bytes of it.
prepare_compute:
        ldr     r0, =GUEST + CRC_TABLE
        ldr     r4, =0xedb88320
        mov     r1, #0
1:      mov     r2, r1
        mov     r3, #8
2:      lsrs    r2, r2, #1
        eorcs   r2, r2, r4
        subs    r3, r3, #1
        bne     2b
        str     r2, [r0, r1, lsl #2]
        add     r1, r1, #1
        cmp     r1, #256
        bne     1b
        ldr     r0, =GUEST + BUFFER
        mov     r1, #0
1:      strb    r1, [r0, r1]
        add     r1, r1, #1
        cmp     r1, #1 << 16
        bne     1b
        bx      lr

compute:
        push    {r5-r8, lr}
        ldr     r5, =GUEST + BUFFER
        ldr     r6, =GUEST + CRC_TABLE
        ldr     r7, =GUEST + SIEVE
        mvn     r8, #0
        mov     r12, #0
1:      bl      crc_piece
        bl      sieve_piece
        add     r12, r12, #256
        bfc     r12, #16, #16
        subs    r0, r0, #1
        bne     1b
        pop     {r5-r8, pc}

@ R8: the CRC with the 256 bytes at R12 of the buffer.
crc_piece:
        add     r1, r5, r12
        mov     r2, #256
1:      ldrb    r3, [r1], #1
        eor     r3, r3, r8
        uxtb    r3, r3
        ldr     r3, [r6, r3, lsl #2]
        eor     r8, r3, r8, lsr #8
        subs    r2, r2, #1
        bne     1b
        bx      lr

@ Strikes out the multiples of a number made of the CRC.
sieve_piece:
        and     r1, r8, #0x7f
        add     r1, r1, #256
        add     r1, r1, #1
        mov     r2, r1
        mov     r3, #1
1:      strb    r3, [r7, r2]
        add     r2, r2, r1
        cmp     r2, #1 << 16
        blo     1b
        ldrb    r3, [r7, r12]
        strb    r3, [r5, r12]
        bx      lr
        .ltorg
