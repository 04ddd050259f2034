/** Libraries whose Debian package is not named after them. */
const exceptions: readonly (readonly [RegExp, string])[] = [
  [/^(libc|libm|libpthread|libdl|librt|libutil|libresolv|libanl|libnsl|ld-linux-armhf)\.so\./, 'libc6'],
  [/^libgcc_s\.so\./, 'libgcc-s1'],
  [/^libz\.so\.1$/, 'zlib1g'],
  [/^libcrypto\.so\.(.+)$/, 'libssl$1'],
  [/^libbz2\.so\.1\.0$/, 'libbz2-1.0'],
  [/^lib(form|menu|panel|ncurses)\.so\.(.+)$/, 'libncurses$2'],
];

/**
 * The Debian packages that may have a shared library, the likeliest first: the library's name and the version of its soname,
 * with a hyphen after a digit (Debian Policy 8.1), also with the suffix of the transition to 64-bit time.
 */
export function packagesOfLibrary(soname: string): string[] {
  for (const [pattern, name] of exceptions) {
    if (pattern.test(soname))
      return withTime64(soname.replace(pattern, name).replace(/(libc6|libgcc-s1).*/, '$1'));
  }
  const match = /^(lib.+?)(?:-([\d.]+))?\.so(?:\.([\d.]+))?$/.exec(soname);
  if (match === null) return [];
  const [, library, release, version = ''] = match;
  const base = (release === undefined ? library : `${library}-${release}`).toLowerCase().replaceAll('_', '-');
  const stem = /\d$/.test(base) && version !== '' ? `${base}-${version}` : `${base}${version}`;
  return withTime64(stem);
}

const withTime64 = (name: string): string[] => [name, `${name}t64`];
