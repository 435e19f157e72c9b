import { compact } from '../compact.ts';
import { boolean, double, type ElementReader, unsigned } from './element-reader.ts';
import { formatDouble } from './values.ts';
import { xml } from './xml.ts';

/** Resync, ISO/IEC 23009-1 §5.3.12: points inside segments at which a player can begin to read. */
export type Resync = {
  /** Stream access point type; 0 when left out: only the boxes can be found, not a key frame. */
  readonly type?: number | undefined;
  /** Longest time between two points, in ticks. */
  readonly dT?: number | undefined;
  /** Longest and shortest distance between two points, as a share of `bandwidth` in bytes. */
  readonly dImax?: number | undefined;
  readonly dImin?: number | undefined;
  /** A point can be told by its bytes, e.g. a `styp`, `prft` or `moof`. */
  readonly marker?: boolean | undefined;
};

export function writeResync({ type, dT, dImax, dImin, marker }: Resync): string {
  return xml('Resync', { type, dT, dImax: formatDouble(dImax), dImin: formatDouble(dImin), marker });
}

export function parseResync(reader: ElementReader): Resync {
  return compact({
    type: reader.optional('type', unsigned),
    dT: reader.optional('dT', unsigned),
    dImax: reader.optional('dImax', double),
    dImin: reader.optional('dImin', double),
    marker: reader.optional('marker', boolean),
  });
}
