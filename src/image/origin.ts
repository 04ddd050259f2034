import { ExitCode, UserError } from '../errors.js';
import { findDebianSource, findRemoteMirrorList } from './apt-sources.js';

export interface Origin {
  readonly mirror: string;
  readonly suite: string;
  readonly signedBy: readonly string[];
}

export interface OriginOptions {
  /** Base URL of a mirror; found in apt's configuration when absent. */
  readonly mirror?: string;
  /** Found in apt's configuration when absent. */
  readonly suite?: string;
}

/** Where to fetch from. @throws UserError 78 when neither an option nor apt's configuration tells */
export function findOrigin(options: OriginOptions, aptRoot?: string): Origin {
  const source = findDebianSource(aptRoot);
  const mirror = (options.mirror ?? source?.uri)?.replace(/\/+$/, '');
  if (mirror === undefined) {
    const list = findRemoteMirrorList(aptRoot);
    if (list !== undefined) {
      throw new UserError(
        ExitCode.config,
        `the mirror list '${list}' of apt's configuration is not read: give one of its mirrors with --mirror URL --suite NAME`,
      );
    }
    throw new UserError(
      ExitCode.config,
      'no Debian mirror in the apt configuration of this machine: give one with --mirror URL --suite NAME',
    );
  }
  const suite = options.suite ?? source?.suite;
  if (suite === undefined) {
    throw new UserError(
      ExitCode.config,
      'no Debian suite in the apt configuration of this machine: give one with --suite NAME, such as stable',
    );
  }
  return { mirror, suite, signedBy: source?.signedBy ?? [] };
}
