import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/app-error.ts';
import { isSameSecret } from '../ports/same-secret.ts';

/** The names this computer has for itself. A port may differ: people reach the service through `ssh -L`. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses what a foreign page could have caused. A name that merely resolves to this computer is DNS rebinding: the browser would then
 * take the attacker's page and this service for one origin. An `Origin` is sent with everything a page may do that matters; it must be
 * the service's own, which is what `Host` says. Throws `request/forbidden-origin`. Returns the host the caller knows the service by.
 */
export function checkCaller(request: IncomingMessage): string {
  const { host, origin } = request.headers;
  if (host === undefined || !LOOPBACK.test(host)) {
    throw forbidden('The Host header does not name this computer. Use 127.0.0.1 or localhost.', { host });
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw forbidden('Only the pages of Lectern itself may call the control API.', { origin });
  }
  return host;
}

function forbidden(message: string, details: Readonly<Record<string, string | undefined>>): AppError {
  return new AppError('request/forbidden-origin', message, { details });
}

/** Checks `Authorization: Bearer …` (RFC 6750 §2.1), in a time that says nothing about how much of the token was right. */
export function createTokenCheck(token: string): (request: IncomingMessage) => void {
  return (request) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) {
      throw unauthorized('The request has no control token; send it as “Authorization: Bearer …”.');
    }
    if (!isSameSecret(given, token)) {
      throw unauthorized(
        'The control token is not the one of this service; it stands in the file control-token of its data folder.',
      );
    }
  };
}

function unauthorized(message: string): AppError {
  return new AppError('request/unauthorized', message);
}
