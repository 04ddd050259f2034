import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonToDistrustFolder } from '../../../runtime/own-files.js';
import { ExitCode, UserError } from '../../errors.js';
import { type Cache, createFolder } from '../../image/cache.js';
import type { Progress } from '../../image/progress.js';

/** Another commit of hyperthumb, built. */
export interface BuiltCommit {
  readonly commit: string;
  /** `version` of its package.json. */
  readonly version: string;
  /** Path of its guest server. */
  readonly server: string;
}

/** Written last, so that a build that was broken off is done again. */
const doneFile = '.hyperthumb-built';

/**
 * Builds a commit of the repository that this hyperthumb runs from, in a clone in the cache, where it stays.
 * @param name anything that names a commit: a hash, a tag, `HEAD~3`
 * @throws UserError 64 when there is no such commit, 69 when it does not build, 65 when it is too old, 77 where others may write the cache; the signal's reason
 */
export async function buildCommit(
  name: string,
  cache: Cache,
  progress: Progress,
  signal: AbortSignal,
): Promise<BuiltCommit> {
  const repository = ownRepository();
  const resolved = git(repository, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  if (resolved.status !== 0) {
    throw new UserError(
      ExitCode.usage,
      `--against: '${name}' is neither 'qemu' nor a commit of the repository in '${repository}'`,
    );
  }
  const commit = resolved.stdout.trim();
  if (git(repository, 'cat-file', '-e', `${commit}:src/bench/guest/server.ts`).status !== 0) {
    throw new UserError(
      ExitCode.data,
      `--against: commit ${commit.slice(0, 12)} has no 'hyperthumb bench' yet: give a later one`,
    );
  }
  const folder = join(cache.root, 'commits', commit);
  for (const path of [cache.root, dirname(folder), folder]) checkOwn(path);
  await cache.locked(
    async () => {
      if (existsSync(join(folder, doneFile))) return;
      await build(repository, commit, folder, progress, signal);
      writeFileSync(join(folder, doneFile), '');
    },
    signal,
    (text) => progress.step(text),
  );
  const server = join(folder, 'dist/src/bench/guest/server.js');
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { commit, version, server };
}

/** What is there is going to be run. @throws UserError 77 for a folder that others may write */
function checkOwn(path: string): void {
  const why = reasonToDistrustFolder(path);
  if (why === undefined) return;
  throw new UserError(ExitCode.noPermission, `--against: nothing is built or run in '${path}': ${why}`);
}

/** The folder with our package.json. @throws UserError 69 when it is not a clone */
function ownRepository(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  if (git(folder, 'rev-parse', '--git-dir').status === 0) return folder;
  throw new UserError(
    ExitCode.unavailable,
    `--against COMMIT needs git and a clone of hyperthumb's repository: '${folder}' is none`,
  );
}

async function build(
  repository: string,
  commit: string,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  // For the user alone, whatever modes git and npm give to what is in it.
  createFolder(folder);
  const short = commit.slice(0, 12);
  progress.step(`building commit ${short} in ${folder}`);
  // A clone rather than a work tree: nothing is left in the user's repository. It borrows its objects.
  const cloned = git(repository, 'clone', '--quiet', '--shared', '--no-checkout', repository, folder);
  if (cloned.status !== 0) throw failure(short, 'git clone', cloned.stderr);
  const checkedOut = git(folder, 'checkout', '--quiet', '--detach', commit);
  if (checkedOut.status !== 0) throw failure(short, 'git checkout', checkedOut.stderr);
  await command(short, folder, ['npm', 'ci', '--no-audit', '--no-fund'], signal);
  await command(short, folder, ['npm', 'run', '-s', 'build'], signal);
}

async function command(
  commit: string,
  cwd: string,
  [file, ...args]: string[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  const keep = (text: Buffer) => {
    output = (output + text.toString('utf8')).slice(-8192);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // The whole process group: npm's own children too.
  const kill = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    signal.throwIfAborted();
    if (status !== 0) throw failure(commit, [file, ...args].join(' '), output);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function failure(commit: string, what: string, output: string): UserError {
  const lines = output.split('\n').filter((line) => /\S/.test(line) && !/^npm warn/.test(line));
  const telling = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  return new UserError(
    ExitCode.unavailable,
    `--against: '${what}' failed for commit ${commit}: ${telling.trim().slice(0, 300)}`,
  );
}

const git = (folder: string, ...args: string[]) =>
  spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
