/** Forms in which other tools read results. */
export const outputFormats = ['github', 'bencher', 'junit', 'markdown', 'json'] as const;
export type OutputFormat = (typeof outputFormats)[number];
