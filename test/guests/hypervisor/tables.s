@ Stage 2 tables.

@ R0: a fresh page of the guest's pool, zero. Keeps the others.
fresh_page:
        push    {r1, lr}
        ldr     r0, [r11, #VM_POOL]
        add     r1, r0, #4096
        str     r1, [r11, #VM_POOL]
        pop     {r1, pc}

@ R0: address of the level 3 descriptor for the IPA R0; tables that are missing are made.
find_entry:
        push    {r4-r6, lr}
        mov     r4, r0
        ldr     r5, [r11, #VM_VTTBR]
        lsr     r6, r4, #30
        add     r5, r5, r6, lsl #3
        bl      next_table
        ubfx    r6, r4, #21, #9
        add     r5, r5, r6, lsl #3
        bl      next_table
        ubfx    r6, r4, #12, #9
        add     r0, r5, r6, lsl #3
        pop     {r4-r6, pc}

@ R5: the table that the descriptor at R5 points to.
next_table:
        push    {lr}
        ldr     r0, [r5]
        tst     r0, #1
        bne     1f
        bl      fresh_page
        orr     r0, r0, #3
        str     r0, [r5]
1:      bfc     r0, #0, #12
        mov     r5, r0
        pop     {pc}
