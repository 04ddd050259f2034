import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readAptSources } from '../../../../src/image/apt-sources.js';
import { Cache } from '../../../../src/image/cache.js';
import { arMembers } from '../../../../src/image/deb.js';
import { Progress } from '../../../../src/image/progress.js';
import { pullDebian } from '../../../../src/image/pull.js';
import type { Random } from '../../../conformance/random.js';
import { ar, FakeMirror } from '../../../src/image/fake-mirror.js';
import type { FileKind } from '../kind.js';
import { mutate } from '../mutations.js';

const RELEASE = '/debian/dists/stable/Release';
const PACKAGES = '/debian/dists/stable/main/binary-armhf/Packages.gz';
const silent = new Progress({ write: () => true } as never);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Mirror {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly kernel: string;
}

let known: Promise<Mirror> | undefined;

/** The files of a sound mirror. */
function sound(): Promise<Mirror> {
  known ??= FakeMirror.start().then(async (mirror) => {
    await mirror.stop();
    return { files: mirror.files, kernel: mirror.kernelPath };
  });
  return known;
}

/** Pulls an image from a mirror of which some files are others; checksums are right down from the list of packages. */
async function pull(changed: ReadonlyMap<string, Buffer>, folder: string): Promise<void> {
  const { files } = await sound();
  const all = new Map([...files, ...changed]);
  for (const [path, bytes] of all) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }
  const options = {
    mirror: pathToFileURL(join(folder, 'debian')).href,
    suite: 'stable',
    flavour: 'armmp' as const,
    cache: new Cache(join(folder, 'cache')),
    checkSignature: false,
  };
  await pullDebian(options, silent);
}

/** The release file with the checksum of another list of packages. */
function releaseOf(release: Buffer, packages: Buffer): Buffer {
  return Buffer.from(
    release.toString().replace(/ [0-9a-f]{64} \d+ /, ` ${sha256(packages)} ${packages.length} `),
  );
}

/** A suite's release file. */
export const release: FileKind = {
  samples: async () => [(await sound()).files.get(RELEASE)!],
  use: (file, folder) => pull(new Map([[RELEASE, file]]), folder),
};

/** The list of packages. */
export const packages: FileKind = {
  samples: async () => [gunzipSync((await sound()).files.get(PACKAGES)!)],
  use: async (file, folder) => {
    const packed = gzipSync(file);
    const { files } = await sound();
    await pull(
      new Map([
        [PACKAGES, packed],
        [RELEASE, releaseOf(files.get(RELEASE)!, packed)],
      ]),
      folder,
    );
  },
};

/** The list of packages as it is on the mirror: packed. */
export const packedPackages: FileKind = {
  samples: async () => [(await sound()).files.get(PACKAGES)!],
  use: async (file, folder) => {
    const { files } = await sound();
    await pull(
      new Map([
        [PACKAGES, file],
        [RELEASE, releaseOf(files.get(RELEASE)!, file)],
      ]),
      folder,
    );
  },
};

/** A package with something wrong in its archive, which is packed as it should be. */
async function mutatedArchive(random: Random): Promise<Buffer> {
  const { files, kernel } = await sound();
  const members = [...arMembers(files.get(kernel)!)];
  const archive = gunzipSync(members.find(({ name }) => name.startsWith('data.tar'))!.data);
  return ar([...members.slice(0, 2), { name: 'data.tar.gz', data: gzipSync(mutate([archive], random)) }]);
}

/** A package. */
export const deb: FileKind = {
  samples: async () => {
    const { files, kernel } = await sound();
    return [files.get(kernel)!];
  },
  use: async (file, folder) => {
    const { files, kernel } = await sound();
    const path = kernel.replace('/debian/', '');
    const list = gunzipSync(files.get(PACKAGES)!).toString();
    const own = list.replace(
      new RegExp(`(Filename: ${path}\n)Size: \\d+\nSHA256: .*`),
      `$1Size: ${file.length}\nSHA256: ${sha256(file)}`,
    );
    const packed = gzipSync(own);
    await pull(
      new Map([
        [kernel, file],
        [PACKAGES, packed],
        [RELEASE, releaseOf(files.get(RELEASE)!, packed)],
      ]),
      folder,
    );
  },
  inside: mutatedArchive,
};

const ONE_LINE =
  'deb [arch=armhf signed-by=/usr/share/keyrings/a.gpg] http://mirror.invalid/debian bookworm main contrib # one\ndeb-src http://mirror.invalid/debian bookworm main\n';
const DEB822 =
  'Types: deb deb-src\nURIs: http://mirror.invalid/debian\n# two\nSuites: bookworm bookworm-updates\nComponents: main\nEnabled: yes\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n\nTypes: deb\nURIs: mirror+file:/etc/apt/mirrors.txt\nSuites: trixie\nComponents: main\n';

/** What apt's configuration says. */
export const aptSources: FileKind = {
  samples: () => [Buffer.from(ONE_LINE), Buffer.from(DEB822)],
  use: (file, folder, random) => {
    mkdirSync(join(folder, 'sources.list.d'));
    writeFileSync(join(folder, random.chance(0.5) ? 'sources.list' : 'sources.list.d/debian.sources'), file);
    readAptSources(folder);
  },
};
