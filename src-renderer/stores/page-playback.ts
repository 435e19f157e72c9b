import type { LocatorPaths, StreamingPolicy } from '../../src-main/shared/api/publishing.ts';

/** How this page's own player gets what is published under a policy: as it is, or with keys that the service gives out itself. */
type Way = 'NoEncryption' | 'EnvelopeEncryption' | 'CommonEncryptionCbcs';

/** Clear first; undefined: it is for other players. */
export function wayOf(policy: StreamingPolicy | undefined): Way | undefined {
  const { noEncryption, envelopeEncryption: whole, commonEncryptionCbcs: samples } = policy ?? {};
  if (noEncryption?.enabledProtocols.hls === true) {
    return 'NoEncryption';
  }
  if (whole?.enabledProtocols.hls === true && whole.customKeyAcquisitionUrlTemplate === undefined) {
    return 'EnvelopeEncryption';
  }
  const clearKey = samples?.clearKeyEncryptionConfiguration;
  return samples?.enabledProtocols.hls === true && isServedHere(clearKey) ? 'CommonEncryptionCbcs' : undefined;
}

function isServedHere(
  clearKey: { readonly customKeysAcquisitionUrlTemplate?: string | undefined } | undefined,
): boolean {
  return clearKey !== undefined && clearKey.customKeysAcquisitionUrlTemplate === undefined;
}

/** Whether somebody has chosen that not everybody with the link may watch. What is not known counts as that. */
export function isProtecting(policy: StreamingPolicy | undefined): boolean {
  return (
    policy === undefined ||
    policy.envelopeEncryption !== undefined ||
    policy.commonEncryptionCenc !== undefined ||
    policy.commonEncryptionCbcs !== undefined
  );
}

/** CMAF first: it is the one with low latency. */
export function hlsUrlOf(paths: LocatorPaths, way: Way): string {
  const all = paths.streamingPaths
    .filter((entry) => entry.streamingProtocol === 'Hls' && entry.encryptionScheme === way)
    .flatMap((entry) => entry.paths);
  const path = all.find((candidate) => candidate.includes('m3u8-cmaf')) ?? all[0] ?? '';
  return new URL(path, paths.watchUrl).href;
}
