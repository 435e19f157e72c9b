import type { StreamingPolicy } from '../../shared/api/publishing.ts';
import { encryptionTagsOf } from './choose-encryption.ts';
import type { Publication } from './presentation.ts';
import type { EncryptionScheme } from './protection.ts';
import type { StreamingFormat } from './streaming-format.ts';

export type StreamingProtocol = 'Hls' | 'Dash' | 'SmoothStreaming';

/** Manifests of one protocol under one encryption, relative to `{name}.ism/`. */
export type ManifestPaths = {
  readonly streamingProtocol: StreamingProtocol;
  readonly encryptionScheme: EncryptionScheme | 'NoEncryption';
  readonly paths: readonly string[];
};

type Protocol = 'hls' | 'dash' | 'smoothStreaming';

/** CMAF first: it is the one with low latency. */
const FORMATS: readonly (readonly [StreamingProtocol, Protocol, readonly StreamingFormat[]])[] = [
  ['Hls', 'hls', ['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3']],
  ['Dash', 'dash', ['mpd-time-cmaf', 'mpd-time-csf']],
  ['SmoothStreaming', 'smoothStreaming', ['smooth', 'fmp4-v20']],
];

/** What a policy allows, by scheme. */
export function encryptionsOf(policy: StreamingPolicy) {
  return [
    ['NoEncryption', policy.noEncryption],
    ['EnvelopeEncryption', policy.envelopeEncryption],
    ['CommonEncryptionCenc', policy.commonEncryptionCenc],
    ['CommonEncryptionCbcs', policy.commonEncryptionCbcs],
  ] as const;
}

/** The protocols of a policy, encrypted or not. */
export function protocolsOf(policy: StreamingPolicy): Publication['protocols'] {
  const allows = (protocol: Protocol | 'download'): boolean =>
    encryptionsOf(policy).some(([, encryption]) => encryption?.enabledProtocols[protocol] === true);
  return {
    hls: allows('hls'),
    dash: allows('dash'),
    smoothStreaming: allows('smoothStreaming'),
    download: allows('download'),
  };
}

/** Every manifest that can be asked for under a policy, clear ones first; `offered` are the formats that are made. */
export function manifestPaths(
  policy: StreamingPolicy,
  offered: readonly StreamingFormat[],
): readonly ManifestPaths[] {
  return FORMATS.flatMap(([streamingProtocol, protocol, all]) => {
    const formats = all.filter((format) => offered.includes(format));
    return encryptionsOf(policy).flatMap(([encryptionScheme, encryption]) => {
      const paths =
        encryption?.enabledProtocols[protocol] === true
          ? formats.flatMap((format) => manifestPath(format, encryptionScheme))
          : [];
      return paths.length === 0 ? [] : [{ streamingProtocol, encryptionScheme, paths }];
    });
  });
}

function manifestPath(format: StreamingFormat, scheme: EncryptionScheme | 'NoEncryption'): readonly string[] {
  const [tag] = scheme === 'NoEncryption' ? [] : encryptionTagsOf(format, [scheme]);
  if (scheme !== 'NoEncryption' && tag === undefined) {
    return [];
  }
  const options = [
    ...(format === 'smooth' ? [] : [`format=${format}`]),
    ...(tag === undefined ? [] : [`encryption=${tag}`]),
  ];
  return [options.length === 0 ? 'manifest' : `manifest(${options.join(',')})`];
}
