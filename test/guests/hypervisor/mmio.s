@ The emulated device: 16 words that keep what is written. With a syndrome in HSR, and without one by decoding the instruction.

emulate:
        tst     r10, #1 << 24           @ ISV
        beq     decode
        mrc     p15, 4, r1, c6, c0, 0   @ HDFAR
        ubfx    r2, r10, #22, #2        @ SAS
        ubfx    r0, r10, #16, #4        @ SRT
        bl      register_address
        mov     r5, r0
        tst     r10, #1 << 6            @ WnR
        bne     1f
        bl      device_read
        tst     r10, #1 << 21           @ SSE
        beq     2f
        cmp     r2, #0
        sxtbeq  r0, r0
        sxthne  r0, r0
2:      str     r0, [r5]
        b       3f
1:      ldr     r0, [r5]
        bl      device_write
3:      bl      skip
        b       resume

@ R0: what the device has at R1, 2^R2 bytes. Keeps R1 to R12.
device_read:
        push    {r3, lr}
        bl      device_address
        cmp     r2, #1
        ldrblo  r0, [r3]
        ldrheq  r0, [r3]
        ldrhi   r0, [r3]
        pop     {r3, pc}

@ Writes 2^R2 bytes of R0 at R1. Keeps R0 to R12.
device_write:
        push    {r3, lr}
        bl      device_address
        cmp     r2, #1
        strblo  r0, [r3]
        strheq  r0, [r3]
        strhi   r0, [r3]
        pop     {r3, pc}

device_address:
        and     r3, r1, #0x3f
        add     r3, r3, #VM_DEVICE
        add     r3, r3, r11
        bx      lr

@ Without a syndrome. R6 is the instruction, R1 the address, R4 the offset, R5 where the base register is.
decode:
        ldr     r0, [r11, #VM_PC]
        mcr     p15, 0, r0, c7, c8, 4   @ ATS12NSOPR
        isb
        mrrc    p15, 0, r2, r3, c7      @ PAR
        tst     r2, #1
        bne     crash
        bfc     r2, #0, #12
        bfi     r2, r0, #0, #12
        orr     r10, r10, #1 << 25      @ IL is not valid: these are all of 32 bits
        ldr     r0, [r11, #VM_CPSR]
        tst     r0, #1 << 5
        bne     decode_thumb
        ldr     r6, [r2]
        ubfx    r0, r6, #25, #3
        cmp     r0, #2
        beq     decode_single
        cmp     r0, #4
        beq     decode_multiple
        cmp     r0, #0
        beq     decode_extra
        b       crash

@ LDR, STR, LDRB, STRB (immediate).
decode_single:
        ubfx    r4, r6, #0, #12
        bl      index
        ubfx    r2, r6, #22, #1         @ B
        eor     r2, r2, #1
        lsl     r2, r2, #1
        b       transfer

@ LDRH, STRH, LDRSB, LDRSH, LDRD, STRD (immediate).
decode_extra:
        and     r4, r6, #0xf
        ubfx    r0, r6, #8, #4
        orr     r4, r4, r0, lsl #4
        bl      index
        ubfx    r3, r6, #5, #2
        ubfx    r0, r6, #20, #1
        orr     r3, r3, r0, lsl #2      @ L, S, H
        mov     r2, #1
        cmp     r3, #2
        beq     decode_dual
        cmp     r3, #3
        beq     decode_dual
        cmp     r3, #6
        moveq   r2, #0
        cmp     r3, #6
        blo     transfer
        @ Signed loads.
        ubfx    r0, r6, #12, #4
        bl      register_address
        mov     r7, r0
        bl      device_read
        cmp     r3, #6
        sxtbeq  r0, r0
        sxthne  r0, r0
        str     r0, [r7]
        b       write_back

decode_dual:
        mov     r2, #2
        ubfx    r0, r6, #12, #4
        bl      register_address
        mov     r7, r0
        cmp     r3, #3
        beq     1f
        bl      device_read
        str     r0, [r7]
        add     r1, r1, #4
        bl      device_read
        str     r0, [r7, #4]
        b       write_back
1:      ldr     r0, [r7]
        bl      device_write
        add     r1, r1, #4
        ldr     r0, [r7, #4]
        bl      device_write
        b       write_back

@ One register at R1, 2^R2 bytes; bit 20 of the instruction is 1 for a load.
transfer:
        ubfx    r0, r6, #12, #4
        bl      register_address
        mov     r7, r0
        tst     r6, #1 << 20
        beq     1f
        bl      device_read
        str     r0, [r7]
        b       write_back
1:      ldr     r0, [r7]
        bl      device_write

@ The base gets R8 where the instruction says so; then the next instruction.
write_back:
        cmp     r5, #0
        strne   r8, [r5]
        bl      skip
        b       resume

@ From P, U, W (bits 24, 23, 21), Rn and the offset R4: R1 the address, R8 the base's new value, R5 where the base is or 0.
index:
        push    {lr}
        ubfx    r0, r6, #16, #4
        bl      register_address
        mov     r5, r0
        ldr     r1, [r5]
        tst     r6, #1 << 23
        rsbeq   r4, r4, #0
        add     r8, r1, r4
        tst     r6, #1 << 24
        beq     1f
        mov     r1, r8
        tst     r6, #1 << 21
        moveq   r5, #0
1:      pop     {pc}

@ LDM and STM: registers one by one from the lowest address.
decode_multiple:
        ubfx    r0, r6, #16, #4
        bl      register_address
        mov     r5, r0
        ldr     r1, [r5]
        mov     r4, #0                  @ bytes
        uxth    r3, r6
1:      lsrs    r3, r3, #1
        addcs   r4, r4, #4
        bne     1b
        tst     r6, #1 << 23
        addne   r8, r1, r4
        subeq   r8, r1, r4
        moveq   r1, r8
        ubfx    r0, r6, #23, #2         @ P and U alike: IB or DA
        cmp     r0, #0
        addeq   r1, r1, #4
        cmp     r0, #3
        addeq   r1, r1, #4
        tst     r6, #1 << 21
        moveq   r5, #0
        mov     r2, #2
        mov     r4, #0
2:      lsr     r0, r6, r4
        tst     r0, #1
        beq     4f
        mov     r0, r4
        bl      register_address
        mov     r7, r0
        tst     r6, #1 << 20
        beq     3f
        bl      device_read
        str     r0, [r7]
        add     r1, r1, #4
        b       4f
3:      ldr     r0, [r7]
        bl      device_write
        add     r1, r1, #4
4:      add     r4, r4, #1
        cmp     r4, #15
        bls     2b
        b       write_back

@ T32 LDR and STR of a word with an 8-bit offset, brought to the form of A32.
decode_thumb:
        ldrh    r3, [r2]
        ldrh    r2, [r2, #2]
        bfc     r3, #0, #4
        ldr     r0, =0xf840
        sub     r0, r3, r0
        lsr     r0, r0, #4
        cmp     r0, #1
        bhi     crash
        lsl     r6, r0, #20             @ L
        ubfx    r0, r2, #12, #4
        orr     r6, r6, r0, lsl #12     @ Rt
        ubfx    r0, r2, #8, #1
        orr     r6, r6, r0, lsl #21     @ W
        ubfx    r0, r2, #9, #1
        orr     r6, r6, r0, lsl #23     @ U
        ubfx    r0, r2, #10, #1
        orr     r6, r6, r0, lsl #24     @ P
        uxtb    r4, r2
        ldr     r0, [r11, #VM_PC]
        mcr     p15, 0, r0, c7, c8, 4
        isb
        mrrc    p15, 0, r2, r3, c7
        bfc     r2, #0, #12
        bfi     r2, r0, #0, #12
        ldrh    r3, [r2]
        and     r3, r3, #15
        orr     r6, r6, r3, lsl #16     @ Rn
        bl      index
        mov     r2, #2
        b       transfer
        .ltorg
