import type { StreamingEndpoint } from '../../shared/api/streaming-endpoints.ts';
import type { EndpointDoor } from './door.ts';
import type { StoredEndpoint } from './endpoint-resource.ts';
import { type EndpointTls, isGoodFor } from './endpoint-tls.ts';

/** What of an endpoint is in this run. */
type Present = {
  /** Undefined while its port cannot be had. */
  readonly door: EndpointDoor | undefined;
  readonly tls: EndpointTls | undefined;
};

/** The endpoint as the control API shows it: without secrets. */
export function shownEndpoint(row: StoredEndpoint, present: Present, publicHost: string): StreamingEndpoint {
  const { isRunning: _isRunning, tls: _tls, ...rest } = row;
  const { door, tls } = present;
  return {
    ...rest,
    resourceState: door?.state() ?? 'Stopped',
    hostName: hostOf(row, publicHost),
    port: door?.port ?? row.port,
    urls: [...urlsOf(row, door, publicHost)],
    ...(tls === undefined ? {} : { tls: shownTls(tls, door) }),
    viewers: door?.viewers() ?? 0,
    egressBitrate: door?.egressBitrate() ?? 0,
  };
}

/** What links for viewers begin with: with TLS where that brings no warning. */
export function linkUrlOf(
  row: StoredEndpoint,
  { door, tls }: Present,
  publicHost: string,
  nowMs: number,
): string | undefined {
  const host = hostOf(row, publicHost);
  const tlsPort = door?.tlsPort();
  return tlsPort !== undefined && tls !== undefined && isGoodFor(tls, host, nowMs)
    ? urlOf('https', host, tlsPort)
    : door && urlOf('http', host, door.port);
}

function hostOf({ customHostNames }: StoredEndpoint, publicHost: string): string {
  return customHostNames[0] ?? publicHost;
}

function urlsOf(
  { customHostNames }: StoredEndpoint,
  door: EndpointDoor | undefined,
  publicHost: string,
): readonly string[] {
  if (door === undefined) {
    return [];
  }
  const tlsPort = door.tlsPort();
  return (customHostNames.length > 0 ? customHostNames : [publicHost]).flatMap((host) => [
    urlOf('http', host, door.port),
    ...(tlsPort === undefined ? [] : [urlOf('https', host, tlsPort)]),
  ]);
}

function shownTls({ port, certificate, files }: EndpointTls, door: EndpointDoor | undefined) {
  const { subject, names, validFromMs, validToMs } = certificate;
  return {
    port: door?.tlsPort() ?? port,
    certificate: {
      subject,
      names: [...names],
      validFrom: new Date(validFromMs).toISOString(),
      validTo: new Date(validToMs).toISOString(),
    },
    ...files,
  };
}

function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  return port === (scheme === 'http' ? 80 : 443) ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}
