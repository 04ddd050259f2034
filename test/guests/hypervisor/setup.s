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
