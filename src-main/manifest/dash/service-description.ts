import { compact } from '../compact.ts';
import { type Descriptor, parseDescriptor, writeDescriptors } from './descriptor.ts';
import { double, type ElementReader, unsigned } from './element-reader.ts';
import { formatDouble } from './values.ts';
import { xml } from './xml.ts';

/** ServiceDescription, ISO/IEC 23009-1 Annex K: how far behind the live edge players should stay, and how fast they may catch up. */
export type ServiceDescription = {
  readonly id?: number | undefined;
  readonly scopes?: readonly Descriptor[] | undefined;
  readonly latency?: Latency | undefined;
  readonly playbackRate?: PlaybackRate | undefined;
};

export type Latency = {
  /** Id of the ProducerReferenceTime that latency is measured with. */
  readonly referenceId?: number | undefined;
  readonly targetMs?: number | undefined;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
};

/** 1 is normal. */
export type PlaybackRate = { readonly min?: number | undefined; readonly max?: number | undefined };

export function writeServiceDescription({ id, scopes, latency, playbackRate }: ServiceDescription): string {
  const { referenceId, targetMs: target, minMs: min, maxMs: max } = latency ?? {};
  const content = [
    writeDescriptors('Scope', scopes),
    latency === undefined ? '' : xml('Latency', { referenceId, target, max, min }),
    playbackRate === undefined
      ? ''
      : xml('PlaybackRate', { max: formatDouble(playbackRate.max), min: formatDouble(playbackRate.min) }),
  ];
  return xml('ServiceDescription', { id }, content.join(''));
}

export function parseServiceDescription(reader: ElementReader): ServiceDescription {
  return compact({
    id: reader.optional('id', unsigned),
    scopes: reader.all('Scope', parseDescriptor),
    latency: reader.one('Latency', parseLatency),
    playbackRate: reader.one('PlaybackRate', parsePlaybackRate),
  });
}

function parseLatency(reader: ElementReader): Latency {
  return compact({
    referenceId: reader.optional('referenceId', unsigned),
    targetMs: reader.optional('target', unsigned),
    minMs: reader.optional('min', unsigned),
    maxMs: reader.optional('max', unsigned),
  });
}

function parsePlaybackRate(reader: ElementReader): PlaybackRate {
  return compact({ min: reader.optional('min', double), max: reader.optional('max', double) });
}
