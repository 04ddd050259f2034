/*
 * What every guest of the suite begins with: MMU, caches and VFP on, vectors, then main, then the machine off.
 * RAM is mapped to itself in sections, as are the devices; 0x80000000 is left to the guest (see guest.h).
 */
	.arch armv7ve
	.fpu neon-vfpv4
	.arm
	.section .text.start, "ax"
	.global _start
_start:
	ldr	sp, =stack_top
	cps	#0x12			@ IRQ mode
	ldr	sp, =irq_stack_top
	cps	#0x17			@ Abort mode
	ldr	sp, =abort_stack_top
	cps	#0x13
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0	@ VBAR

	ldr	r0, =table		@ sections: devices at 0x08000000 to 0x0a0fffff, RAM at 0x40000000 to 0x40ffffff
	ldr	r1, =0x08000c06		@ Device, read and write, AP = 0b11
	add	r2, r0, #0x80 * 4
	mov	r3, #0x21
1:	str	r1, [r2], #4
	add	r1, r1, #0x100000
	subs	r3, r3, #1
	bne	1b
	ldr	r1, =0x40001c0e		@ Normal, write-back, write-allocate, AP = 0b11
	add	r2, r0, #0x400 * 4
	mov	r3, #16
2:	str	r1, [r2], #4
	add	r1, r1, #0x100000
	subs	r3, r3, #1
	bne	2b
	mcr	p15, 0, r0, c2, c0, 0	@ TTBR0
	mov	r1, #0
	mcr	p15, 0, r1, c2, c0, 2	@ TTBCR
	mov	r1, #1
	mcr	p15, 0, r1, c3, c0, 0	@ DACR: domain 0 is checked
	mcr	p15, 0, r1, c8, c7, 0	@ TLBIALL
	dsb
	isb
	mrc	p15, 0, r1, c1, c0, 0
	orr	r1, r1, #0x1800
	orr	r1, r1, #5
	bic	r1, r1, #2
	mcr	p15, 0, r1, c1, c0, 0	@ SCTLR: M, C, Z, I; unaligned accesses allowed
	isb
	mrc	p15, 0, r1, c1, c0, 2
	orr	r1, r1, #0xf00000
	mcr	p15, 0, r1, c1, c0, 2	@ CPACR
	isb
	mov	r1, #0x40000000
	vmsr	fpexc, r1
	blx	main
off:
	ldr	r0, =0x84000008		@ PSCI SYSTEM_OFF
	hvc	#0			@ in User mode this is UNDEFINED, and left out
	svc	#0
	b	off

	.balign	32
vectors:
	b	failed
	b	undefined
	b	call
	b	failed
	b	data_abort
	b	failed
	b	interrupt
	b	failed

failed:
	blx	guest_failed
	b	off

undefined:				@ the instruction is left out
	movs	pc, lr

call:					@ R0 and R1 are what the call is about, R0 its result
	push	{r1-r3, r12, lr}
	ldr	r12, =0x84000008
	cmp	r0, r12
	beq	off
	blx	guest_call
	pop	{r1-r3, r12, lr}
	movs	pc, lr

data_abort:				@ the instruction is repeated
	sub	lr, lr, #8
	push	{r0-r3, r12, lr}
	mrc	p15, 0, r0, c6, c0, 0	@ DFAR
	blx	guest_abort
	pop	{r0-r3, r12, lr}
	movs	pc, lr

interrupt:
	sub	lr, lr, #4
	push	{r0-r3, r12, lr}
	blx	guest_interrupt
	pop	{r0-r3, r12, lr}
	movs	pc, lr

	.section .bss
	.balign	16384
table:	.space	16384
	.global	table
	.balign	8
	.space	16384
stack_top:
	.space	4096
irq_stack_top:
	.space	4096
abort_stack_top:
