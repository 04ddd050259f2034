/** Debian's kernels for armhf: with short and with long page tables. */
export const flavours = ['armmp', 'armmp-lpae'] as const;
export type Flavour = (typeof flavours)[number];
