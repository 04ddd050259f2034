@ Stage 2: blank at first; pages and tables are put in at the faults.

        .include "tables.s"

@ A fault of stage 2, of a fetch or a load or store.
stage2_fault:
        mrc     p15, 4, r8, c6, c0, 4
        lsr     r8, r8, #4
        lsl     r8, r8, #12             @ IPA of the page
        ldr     r0, =MMIO
        cmp     r8, r0
        beq     emulate
        ldr     r0, =BROKEN
        cmp     r8, r0
        beq     broken
        mov     r0, r8
        bl      find_entry
        mov     r7, r0
        ldr     r1, [r7]
        ubfx    r2, r10, #2, #4
        cmp     r2, #3                  @ a Permission fault: no longer read-only
        beq     unprotect
        cmp     r1, #0
        orrne   r1, r1, #1              @ it was taken away
        bne     install
        ldr     r0, =GICC
        sub     r0, r8, r0
        cmp     r0, #0x2000
        bhs     1f
        ldr     r1, =GICV + 0x4c7       @ Device memory, read and write
        add     r1, r1, r0
        b       install
1:      ldr     r0, =GUEST_END
        cmp     r8, r0
        bhs     crash
        ldr     r0, =GUEST
        cmp     r8, r0
        blo     crash
        bl      fresh_page
        mov     r4, r0
        ldr     r1, =GUEST
        sub     r1, r8, r1
        ldr     r2, =guest_program      @ a page of the program
        ldr     r3, =guest_program_end
        add     r1, r1, r2
        cmp     r1, r3
        bhs     2f
        mov     r2, #4096
3:      ldr     r3, [r1], #4
        str     r3, [r0], #4
        subs    r2, r2, #4
        bne     3b
2:      ldr     r1, =0x7ff              @ Normal memory, write-back, Inner Shareable, read and write
        orr     r1, r1, r4
install:
        mov     r2, #0
        str     r1, [r7]
        str     r2, [r7, #4]
        dsb
        b       resume

unprotect:
        orr     r1, r1, #2 << 6
        str     r1, [r7]
        b       changed

@ The access is left out, and an asynchronous abort is made pending.
broken:
        bl      skip
        ldr     r0, [r11, #VM_HCR]
        orr     r0, r0, #HCR_VA
        str     r0, [r11, #VM_HCR]
        b       resume
        .ltorg
