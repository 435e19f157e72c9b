import { AppError } from '../../shared/app-error.ts';
import type { ChildExit, FfmpegFailureReason, ReadFfmpegFailure } from '../ports/process.ts';

/**
 * Why a push ended, in words of the presenter. Only what trying again cannot mend has severity `stop`: a broadcast that goes on without one
 * of its destinations because a server was being restarted is the worst that could happen.
 */
export function pushError(exit: ChildExit, context: PushContext, read: ReadFfmpegFailure): AppError {
  const failure = read(exit.lastLines);
  const details = {
    server: context.server,
    ...(failure === undefined ? {} : { reason: failure.reason }),
    lastLines: exit.lastLines,
  };
  const { code, message } = wordsFor(failure?.reason, context);
  return new AppError(code, message, { details });
}

type PushContext = {
  readonly server: string;
  readonly wasLive: boolean;
  /** What it knows us by, in words. */
  readonly secret?: string;
};

type Words = {
  readonly code:
    | 'publish/refused'
    | 'publish/unreachable'
    | 'publish/dns'
    | 'publish/tls'
    | 'publish/protocol'
    | 'publish/connection-lost';
  readonly message: string;
};

function wordsFor(
  reason: FfmpegFailureReason | undefined,
  { server, wasLive, secret = 'stream key' }: PushContext,
): Words {
  switch (reason) {
    case 'publish-refused':
    case 'unauthorized':
      return {
        code: 'publish/refused',
        message: `${server} refuses the ${secret}. Copy it again from the service.`,
      };
    case 'host-not-found':
      return {
        code: 'publish/dns',
        message: `The name ${server} is not known. Check the address and the network.`,
      };
    case 'tls':
      return { code: 'publish/tls', message: `${server} does not prove who it is: its certificate is not good.` };
    case 'connection-refused':
    case 'unreachable':
    case 'timeout':
      return { code: 'publish/unreachable', message: `${server} does not answer.` };
    case 'already-publishing':
      return {
        code: 'publish/connection-lost',
        message: `${server} says that somebody streams with this key already, which often is the connection that was lost just now.`,
      };
    case 'publish-closed':
      // Most servers do this with a wrong key, and all do it while they restart.
      return wasLive
        ? { code: 'publish/connection-lost', message: `${server} closed the connection.` }
        : {
            code: 'publish/connection-lost',
            message: `${server} took the connection and closed it again: either the ${secret} is wrong or the service is not ready. It is tried again.`,
          };
    case 'bad-arguments':
      return {
        code: 'publish/protocol',
        message: `The ffmpeg of this computer cannot send to ${server}: it lacks what that kind of address needs. Choose another in the settings.`,
      };
    default:
      return { code: 'publish/connection-lost', message: `The connection to ${server} was lost.` };
  }
}
