@ VFP registers change hands when they are used, not at a world switch.

@ HCPTR traps unless R11 owns the registers. FPEXC.EN lets the trap come before UNDEFINED.
fp_trap:
        ldr     r1, =FP_OWNER
        ldr     r1, [r1]
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 2
        isb
        cmp     r1, r11
        bxeq    lr
        mov     r0, #1 << 30
        vmsr    fpexc, r0
        ldr     r0, =HCPTR_FP
        mcr     p15, 4, r0, c1, c1, 2
        isb
        bx      lr

use_fp:
        ldr     r0, [r11, #VM_SUMMARY]
        str     r10, [r0, #SUM_FP_HSR]
        ldr     r1, [r0, #SUM_FP_TRAPS]
        add     r1, r1, #1
        str     r1, [r0, #SUM_FP_TRAPS]
        mov     r0, #0
        mcr     p15, 4, r0, c1, c1, 2   @ HCPTR
        isb
        mov     r0, #1 << 30
        ldr     r1, =FP_OWNER
        ldr     r2, [r1]
        str     r11, [r1]
        cmp     r2, #0
        beq     1f
        vmsr    fpexc, r0
        vmrs    r3, fpscr
        str     r0, [r2, #VM_FPEXC]
        str     r3, [r2, #VM_FPSCR]
        add     r2, r2, #VM_D
        vstm    r2!, {d0-d15}
        vstm    r2, {d16-d31}
1:      vmsr    fpexc, r0
        ldr     r3, [r11, #VM_FPSCR]
        vmsr    fpscr, r3
        add     r2, r11, #VM_D
        vldm    r2!, {d0-d15}
        vldm    r2, {d16-d31}
        ldr     r0, [r11, #VM_FPEXC]
        vmsr    fpexc, r0
        b       resume
        .ltorg
