import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import type { MachineDescription } from './results.js';

/** The host. */
export function describeMachine(): MachineDescription {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || process.arch,
    cores: processors.length,
    memory: totalmem(),
    os: `${type()} ${release()}`,
    node: process.versions.node,
  };
}

/** The commit of the repository that the current folder belongs to. */
export function describeCommit(): { readonly commit: string | null; readonly dirty: boolean } {
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8' });
  const head = git('rev-parse', 'HEAD');
  if (head.status !== 0) return { commit: null, dirty: false };
  const status = git('status', '--porcelain', '--untracked-files=no');
  return { commit: head.stdout.trim(), dirty: status.status === 0 && status.stdout.trim() !== '' };
}
