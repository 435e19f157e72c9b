import type { ViewerSession } from '../../shared/api/viewers.ts';
import type { EndpointRules, TlsMaterial } from '../ports/endpoint-rules.ts';
import type { PortWords } from '../ports/listen.ts';
import type { RequestCount } from '../ports/services.ts';

/** Where the viewers of one endpoint come in. See `openOrigin`. */
export type EndpointDoor = AsyncDisposable & {
  readonly port: number;
  readonly tlsPort: () => number | undefined;
  readonly state: () => 'Running' | 'Stopped';
  readonly start: () => void;
  readonly stop: () => void;
  readonly setHost: (host: string) => Promise<void>;
  /** Throws `service/port-taken` and `service/port-refused`, and has then changed nothing. */
  readonly setTls: (
    tls: (TlsMaterial & { readonly port: number; readonly portWords: PortWords }) | undefined,
  ) => Promise<void>;
  readonly viewers: () => number;
  readonly viewerSessions: () => readonly ViewerSession[];
  readonly egressBitrate: () => number;
  readonly requests: () => readonly RequestCount[];
};

/** Throws `service/port-taken` and `service/port-refused`. */
export type OpenDoor = (options: {
  /** 0 takes any free one. */
  readonly port: number;
  /** Left out for the port of the settings. */
  readonly portWords?: PortWords | undefined;
  readonly state: 'Running' | 'Stopped';
  readonly rules: () => EndpointRules;
}) => Promise<EndpointDoor>;

/** A port that is a field of the endpoint. */
export function wordsFor(streamingEndpoint: string, field: 'port' | 'tls.port'): PortWords {
  return {
    details: { streamingEndpoint, field },
    cure: `Choose another as ${field} of the streaming endpoint ${streamingEndpoint}; 0 takes any free one.`,
  };
}
