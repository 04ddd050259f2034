@ Faults inside of hot loops: loads, stores and block transfers whose page is not there, until the handler maps it or
@ skips the instruction; undefined instructions; unaligned accesses over the end of a page; A32 and Thumb, in Supervisor mode and in
@ User mode. r7 is the checksum, r9 the number of faults.
        .include "common.inc"
        vectors data=data_abort, undef=undefined, svc=to_supervisor, prefetch=prefetch_abort

to_supervisor:
        mov     r8, lr
        cps     #19
        bx      r8

        @ Page 2 of the window is mapped; a fault in page 3 skips the instruction, others map their page.
data_abort:
        ldr     sp, =STACKS + 0x3000
        push    {r0, r1, r2, r3, lr}
        add     r9, r9, #1
        mrc     p15, 0, r0, c6, c0, 0   @ DFAR
        mrc     p15, 0, r1, c5, c0, 0   @ DFSR
        add     r7, r7, r1
        add     r7, r0, r7, ror #7
        ubfx    r2, r0, #12, #8
        cmp     r2, #3
        beq     skip
        ldr     r1, =TABLE2
        ldr     r3, =DATA + SMALL
        add     r3, r3, r2, lsl #12
        str     r3, [r1, r2, lsl #2]
        bic     r0, r0, #0xff
        bic     r0, r0, #0xf00
        mcr     p15, 0, r0, c8, c7, 1   @ TLBIMVA
        pop     {r0, r1, r2, r3, lr}
        subs    pc, lr, #8
skip:
        mrs     r1, spsr
        tst     r1, #0x20
        pop     {r0, r1, r2, r3, lr}
        subsne  pc, lr, #6              @ those in Thumb are of 16 bits, except for one
        subs    pc, lr, #4

        @ UDF: A32 ones are 4 bytes, Thumb ones 2; either way LR is behind.
undefined:
        add     r9, r9, #1
        add     r7, r9, r7, ror #11
        movs    pc, lr

        @ A call to nowhere: back to its return address.
prefetch_abort:
        add     r9, r9, #1
        mrc     p15, 0, r8, c6, c0, 2   @ IFAR
        eor     r7, r8, r7, ror #13
        ldr     sp, =STACKS + 0x3000
        push    {r0, r10}
        mrs     r0, spsr
        tst     r10, #1
        orrne   r0, r0, #0x20
        biceq   r0, r0, #0x20
        msr     spsr_cxsf, r0
        bic     lr, r10, #1
        pop     {r0, r10}
        movs    pc, lr

        .ltorg
start:
        mmu_on
        ldr     sp, =STACKS
        mov     r7, #0
        mov     r9, #0
        bl      everything
        cps     #16
        ldr     sp, =STACKS + 0x1000
        bl      everything
        svc     #0
        ldr     r0, =RESULTS
        stm     r0, {r7, r9}
        power_off
        .ltorg

        @ Unmaps page 0, 1 and 2 of the window; both worlds may write the table.
        .macro  unmap
        ldr     r0, =TABLE2
        mov     r1, #0
        mov     r2, #0
        mov     r3, #0
        stm     r0, {r1, r2, r3}
        .endm

everything:
        push    {r4, r5, r6, lr}
        ldr     r6, =8
a32_loop:
        @ TLB maintenance is for Supervisor mode: in User mode the pages stay mapped after the first time.
        mrs     r0, cpsr
        tst     r0, #0xf
        beq     1f
        unmap
        mcr     p15, 0, r0, c8, c7, 0   @ TLBIALL
        dsb
        isb
1:      ldr     r4, =WINDOW
        mov     r5, #40
a32_walk:
        ldr     r0, [r4, #0xf8]
        add     r7, r0, r7, ror #1
        str     r7, [r4], #0x100        @ 40 times 256: pages 0, 1, 2
        cmp     r5, #20
        strgt   r5, [r4, #-4]
        ldrle   r0, [r4, #-8]
        addsle  r7, r7, r0
        subs    r5, r5, #1
        bne     a32_walk
        ldr     r4, =WINDOW + 0x3000
        ldr     r0, [r4]                @ skipped
        str     r7, [r4, #8]!           @ skipped, with its write-back
        ldr     r4, =WINDOW + 0x2ff8
        mov     r0, r6
        mov     r1, r5
        mov     r2, #77
        stm     r4!, {r0, r1, r2, r3}   @ its third word faults: skipped, r4 as it was
        ldm     r4!, {r0, r1, r2, r3}
        add     r7, r7, r4
        ldr     r4, =WINDOW + 0xffe
        ldr     r0, [r4]                @ over the end of a page
        str     r6, [r4]
        add     r7, r7, r0
        udf     #3
        ldr     r4, =WINDOW + 0x8000
        adr     r10, 2f
        bx      r4                      @ not mapped: data there would map it
2:      subs    r6, r6, #1
        bne     a32_loop
        blx     thumb_part
        pop     {r4, r5, r6, pc}
        .ltorg

        .thumb
        .thumb_func
thumb_part:
        push    {r4, r5, r6, lr}
        movs    r6, #8
thumb_loop:
        mrs     r0, cpsr
        lsls    r0, r0, #28
        beq     1f
        unmap
        mcr     p15, 0, r0, c8, c7, 0
        dsb
        isb
1:      ldr     r4, =WINDOW
        movs    r5, #40
thumb_walk:
        ldr     r0, [r4, #124]
        adds    r7, r7, r0
        str     r7, [r4]
        add     r4, r4, #0x100
        cmp     r5, #20
        itte    gt
        strgt   r5, [r4, #-4]
        eorgt   r7, r7, r5
        ldrle   r0, [r4, #-8]
        cmp     r0, r5
        ittee   cs
        addcs   r7, r7, r0
        ldrcs   r1, [r4, #-12]
        subcc   r7, r7, r0
        strcc   r7, [r4, #-16]
        subs    r5, #1
        bne     thumb_walk
        ldr     r4, =WINDOW + 0x3000
        ldr     r0, [r4]
        str     r7, [r4]
        ldr     r4, =WINDOW + 0x2ff8
        stm     r4!, {r0, r1, r2, r3}
        ldm     r4!, {r0, r1, r2, r3}
        adds    r7, r7, r4
        udf     #3
        ldr     r4, =WINDOW + 0x8000
        adr     r0, 2f
        adds    r0, #1
        mov     r10, r0
        bx      r4
        .balign 4
2:      subs    r6, #1
        bne     thumb_loop
        pop     {r4, r5, r6, pc}
        .ltorg
