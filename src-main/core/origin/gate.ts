import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { EndpointRules } from '../ports/endpoint-rules.ts';
import { checkSignature } from './g2o.ts';
import type { Exchange } from './respond.ts';

/** What an endpoint asks of its callers before it looks at what they want. Keys have rules of their own: of them only the first applies. */
export type Gate = {
  /** Throws `origin/misdirected` for a request to a host name of another endpoint. */
  readonly checkName: (exchange: Exchange) => void;
  /** Throws `origin/address-denied`. */
  readonly checkAddress: (exchange: Exchange) => void;
  /** `target`: path and query as they were sent. Throws the `origin/signature-…` codes. */
  readonly checkSigned: (exchange: Exchange, target: string) => void;
};

export function createGate(rules: () => EndpointRules, clock: Clock): Gate {
  return {
    checkName({ request }) {
      if (rules().isOfAnother(hostNameOf(request))) {
        // RFC 9110 §15.5.20: a browser that shares one connection among names with one certificate asks again on another.
        throw new AppError('origin/misdirected', 'This host name is that of another streaming endpoint.');
      }
    },
    checkAddress({ address }) {
      if (!rules().admits(address)) {
        throw new AppError('origin/address-denied', 'Viewers of this address are not let in.');
      }
    },
    checkSigned({ request }, target) {
      const { signatureKeys } = rules();
      if (signatureKeys.length > 0) {
        checkSignature(request.headers, target, signatureKeys, clock.wallMs());
      }
    },
  };
}

/** The host that is meant, in lower case and without its port; empty when none is named. A whole URL goes before the header (RFC 9112 §3.2.2). */
function hostNameOf({ headers, url = '' }: IncomingMessage): string {
  const authority = headers[':authority'];
  const [, named] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  const host = named ?? (typeof authority === 'string' ? authority : headers.host) ?? '';
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}
