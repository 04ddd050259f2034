@ Calls and returns between the instruction sets; Thumb instructions that end in the next page, which is rewritten and
@ replaced by another; an IT block over the end of a page; a stack over the end of a page, the next one not being next in memory; in Supervisor mode, then in User mode. r7 is the checksum.
        .include "common.inc"
        vectors svc=service

        @ R0 = 0: map page 1 of the window to R1. Else, from User mode: go on in Supervisor mode behind the SVC.
service:
        cmp     r0, #0
        bne     to_supervisor
        map     1, r1
        movs    pc, lr
to_supervisor:
        movs    r8, lr
        cps     #19
        bx      r8

start:
        mmu_on
        ldr     r0, =ends_in_next
        map     0, r0
        ldr     r0, =next
        map     1, r0
        ldr     r0, =DATA + 0x5000
        map     2, r0
        ldr     r0, =DATA + 0x2000
        map     3, r0
        ldr     sp, =STACKS
        mov     r7, #0
        mov     r10, lr
        cps     #31                     @ The SVC's return address is not to be where ours is.
        ldr     sp, =STACKS + 0x1000
        bl      round
        cps     #16
        ldr     sp, =STACKS + 0x2000
        bl      round
        mov     r0, #1
        svc     #0
        ldr     r0, =RESULTS
        str     r7, [r0]
        power_off
        .ltorg

round:
        push    {r4, r5, r6, lr}
        ldr     r6, =240
loop:
        ldr     r4, =WINDOW + 0xff5     @ Thumb
        blx     r4
        ldr     r4, =also_ends_in_next + 0xff9
        blx     r4
        ldr     r4, =goes_on_in_next + 0xff7
        blx     r4
        @ Another page behind the first one, and at other times another half of the instruction.
        tst     r6, #7
        bne     1f
        tst     r6, #8
        ldreq   r1, =next
        ldrne   r1, =other_next
        mov     r0, #0
        svc     #0
1:      and     r5, r6, #0x1f
        cmp     r5, #0x14
        andeq   r5, r6, #0xff
        orreq   r5, r5, #0x0700         @ add.w r7, r7, #R6
        ldreq   r4, =next
        strheq  r5, [r4]
        ldreq   r4, =also_next
        strheq  r5, [r4]
        blx     thumb_calls
        ldr     r4, =thumb_leaf
        mov     lr, pc
        bx      r4
        ldr     r4, =thumb_tail
        blx     r4
        mov     r9, sp
        ldr     sp, =WINDOW + 0x3008
        str     r6, [sp]
        add     r0, r6, #1
        add     r1, r6, #2
        add     r2, r6, #3
        push    {r0, r1, r2, r6}        @ two words in each page
        ldr     r4, [sp, #12]
        ldr     r5, [sp, #2]
        add     r7, r7, r4, lsl #8
        eor     r7, r7, r5
        pop     {r0, r1, r2, r3}
        add     r7, r7, r0
        eor     r7, r7, r1, ror #3
        add     r7, r7, r2
        eor     r7, r7, r3, ror #9
        mov     sp, r9
        subs    r6, r6, #1
        bne     loop
        pop     {r4, r5, r6, pc}
        .ltorg

a32_leaf:
        add     r7, r7, r7, lsl #3
        bx      lr
a32_loads_pc:
        push    {lr}
        eor     r7, r7, #0x55
        ldr     pc, [sp], #4

        .thumb
        .thumb_func
thumb_leaf:
        adds    r7, #9
        bx      lr
        .thumb_func
thumb_calls:
        push    {r4, lr}
        movs    r4, #3
1:      blx     a32_leaf
        bl      thumb_leaf
        blx     a32_loads_pc
        subs    r4, #1
        bne     1b
        pop     {r4, pc}
        .balign 4
        .thumb_func
thumb_tail:
        bx      pc
        nop
        .arm
        ror     r7, r7, #3
        bx      lr

        .balign 4096
ends_in_next:
        .space  0xff4
        .thumb
        eors    r7, r6
        adds    r7, #1
        nop
        movs    r5, #3
        b       1f
1:      add.w   r7, r7, #0x11           @ 0xffe, the head of a loop
        .equ    next, . - 2
        eor.w   r7, r7, r7, ror #7
        subs    r5, #1
        bne     1b
        bx      lr

        .balign 4096
other_next:
        .hword  0x0722                  @ add.w r7, r7, #0x22
        eor.w   r7, r7, r7, ror #9
        subs    r5, #2
        bpl     other_next - 2
        bx      lr

        .balign 4096
also_ends_in_next:
        .space  0xff8
        lsls    r3, r6, #31
        nop
        it      ne
        addne.w r7, r7, #0x31           @ 0xffe
        .equ    also_next, . - 2
        adds    r7, #1
        bx      lr
        .balign 4

        .balign 4096
goes_on_in_next:
        .space  0xff6
        .thumb
        movs    r3, #0
        lsls    r5, r6, #31
        nop
        itte    ne
        addne   r7, #3
        addne   r7, #5                  @ 0x1000, still in the IT block
        addeq   r7, #7
        bx      lr
        .balign 4
