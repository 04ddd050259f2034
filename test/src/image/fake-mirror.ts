import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';

/** A Debian mirror on the loopback interface, small enough to make in a test, with its kernel and busybox. */

export const release = '6.1.0-99-armmp';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An ar archive with a gzipped tar in it. */
export async function makeDeb(files: Record<string, Uint8Array>): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, bytes] of Object.entries(files)) pack.entry({ name: `./${name}` }, Buffer.from(bytes));
  pack.finalize();
  return packDeb(pack);
}

/** An ar archive with the tar, gzipped, in it. */
export async function packDeb(pack: tar.Pack): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of pack) parts.push(part as Uint8Array);
  return ar([
    { name: 'debian-binary', data: Buffer.from('2.0\n') },
    { name: 'control.tar.gz', data: gzipSync('') },
    { name: 'data.tar.gz', data: gzipSync(Buffer.concat(parts)) },
  ]);
}

/** An ar archive. */
export function ar(members: readonly { readonly name: string; readonly data: Uint8Array }[]): Buffer {
  const member = ({ name, data }: (typeof members)[number]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(data.length).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(header), data, Buffer.alloc(data.length & 1, '\n')]);
  };
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.map(member)]);
}

/** An ELF32 module with nothing but a .modinfo section. */
export function makeModule(...info: string[]): Buffer {
  const text = Buffer.from(info.map((entry) => `${entry}\0`).join(''), 'latin1');
  const names = Buffer.from('\0.modinfo\0.shstrtab\0', 'latin1');
  const header = Buffer.alloc(52);
  header.write('\x7fELF', 0, 'latin1');
  const table = 52 + text.length + names.length;
  header.writeUInt32LE(table, 32);
  header.writeUInt16LE(40, 46);
  header.writeUInt16LE(3, 48);
  header.writeUInt16LE(2, 50);
  const section = (name: number, offset: number, size: number) => {
    const bytes = Buffer.alloc(40);
    bytes.writeUInt32LE(name, 0);
    bytes.writeUInt32LE(offset, 16);
    bytes.writeUInt32LE(size, 20);
    return bytes;
  };
  return Buffer.concat([
    header,
    text,
    names,
    section(0, 0, 0),
    section(1, 52, text.length),
    section(10, 52 + text.length, names.length),
  ]);
}

export const busybox = Buffer.from('\x7fELF program\0[\0[[\0acpid\0busybox\0modprobe\0sh\0\0more', 'latin1');
/** Does not compress, so that the package is long enough to be broken off. */
export const vmlinuz = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251));

export const xenVersion = '9.9';
export const hypervisor = Buffer.from('not much of a hypervisor');

const modules = `lib/modules/${release}/kernel/drivers`;

/** A package beside those that are always there. */
export interface FakePackage {
  readonly files: Record<string, string>;
  /** As in control data: `a, b | c`. */
  readonly depends?: string;
}

export class FakeMirror {
  /** What is served, by path; change it to break the mirror. */
  readonly files = new Map<string, Buffer>();
  /** Paths asked for, in order, with the range if there was one. */
  readonly requests: string[] = [];
  /** Called before each answer; returns true when it has answered itself. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  kernelPath = '';
  xenPath = '';
  #server: Server | undefined;

  /** @param more packages by name */
  static async start(more: Record<string, FakePackage> = {}): Promise<FakeMirror> {
    const mirror = new FakeMirror();
    await mirror.#fill(more);
    mirror.#server = createServer((request, response) => mirror.#answer(request, response));
    await new Promise<void>((resolve) => mirror.#server!.listen(0, '127.0.0.1', resolve));
    return mirror;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}/debian`;
  }

  async stop(): Promise<void> {
    this.#server!.closeAllConnections();
    await new Promise((resolve) => this.#server!.close(resolve));
  }

  async #fill(more: Record<string, FakePackage>): Promise<void> {
    const kernel = await makeDeb({
      [`boot/vmlinuz-${release}`]: vmlinuz,
      [`boot/config-${release}`]: Buffer.from('CONFIG_X=y'),
      [`${modules}/virtio/virtio_mmio.ko`]: makeModule('license=GPL', 'depends='),
      [`${modules}/net/virtio_net.ko`]: makeModule('depends=net_failover'),
      [`${modules}/net/net_failover.ko`]: makeModule('depends=failover'),
      [`${modules}/net/failover.ko`]: makeModule('depends='),
      [`${modules}/net/unwanted.ko`]: makeModule('depends='),
    });
    const shell = await makeDeb({ 'bin/busybox': busybox });
    this.kernelPath = `/debian/pool/linux-image-${release}_1_armhf.deb`;
    this.files.set(this.kernelPath, kernel);
    this.files.set('/debian/pool/busybox.deb', shell);
    const xen = await makeDeb({
      [`boot/xen-${xenVersion}-armhf.config`]: Buffer.from('CONFIG_X=y'),
      [`boot/xen-${xenVersion}-armhf`]: hypervisor,
    });
    this.xenPath = `/debian/pool/xen-hypervisor-${xenVersion}-armhf_1_armhf.deb`;
    this.files.set(this.xenPath, xen);
    const stanza = (name: string, file: string, deb: Buffer, depends = '') =>
      `Package: ${name}\nVersion: 1.0\nArchitecture: armhf\nDescription: something\n more\n${depends}` +
      `Filename: pool/${file}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n\n`;
    let others = '';
    for (const [name, { files, depends }] of Object.entries(more)) {
      const bytes = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]);
      const deb = await makeDeb(Object.fromEntries(bytes));
      this.files.set(`/debian/pool/${name}.deb`, deb);
      others += stanza(name, `${name}.deb`, deb, depends && `Depends: ${depends}\n`);
    }
    const packages = gzipSync(
      others +
        stanza('busybox-static', 'busybox.deb', shell) +
        stanza(
          'linux-image-armmp',
          'meta.deb',
          shell,
          `Depends: linux-image-${release} (= 1.0), other | thing\n`,
        ) +
        stanza(`linux-image-${release}`, `linux-image-${release}_1_armhf.deb`, kernel) +
        stanza(
          'xen-system-armhf',
          'meta.deb',
          shell,
          `Depends: xen-hypervisor-${xenVersion}-armhf, xen-hypervisor-common (>= 1.0), xen-utils-${xenVersion}\n`,
        ) +
        stanza(`xen-hypervisor-${xenVersion}-armhf`, `xen-hypervisor-${xenVersion}-armhf_1_armhf.deb`, xen),
    );
    this.files.set('/debian/dists/stable/main/binary-armhf/Packages.gz', packages);
    this.files.set(
      '/debian/dists/stable/Release',
      Buffer.from(
        `Origin: Debian\nCodename: test\nArchitectures: amd64 armhf\nSHA256:\n ${sha256(packages)} ${packages.length} main/binary-armhf/Packages.gz\n`,
      ),
    );
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range } = request.headers;
    this.requests.push(range ? `${request.url} ${range}` : request.url!);
    if (this.intercept(request, response)) return;
    const file = this.files.get(request.url!);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0) {
      response.writeHead(206, { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` });
    } else {
      response.writeHead(200, { 'content-length': file.length });
    }
    response.end(file.subarray(from));
  }
}
