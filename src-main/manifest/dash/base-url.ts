import { compact } from '../compact.ts';
import { boolean, double, type ElementReader, text } from './element-reader.ts';
import { formatDouble } from './values.ts';
import { xmlText } from './xml.ts';

/** BaseURL, ISO/IEC 23009-1 §5.6. */
export type BaseUrl = {
  readonly url: string;
  readonly serviceLocation?: string | undefined;
  /** Seconds, added to the one of the segment template. */
  readonly availabilityTimeOffset?: number | undefined;
  readonly availabilityTimeComplete?: boolean | undefined;
};

export function writeBaseUrl({ url, availabilityTimeOffset, ...attributes }: BaseUrl): string {
  return xmlText('BaseURL', { ...attributes, availabilityTimeOffset: formatDouble(availabilityTimeOffset) }, url);
}

export function parseBaseUrl(reader: ElementReader): BaseUrl {
  return compact({
    url: reader.text().trim(),
    serviceLocation: reader.optional('serviceLocation', text),
    availabilityTimeOffset: reader.optional('availabilityTimeOffset', double),
    availabilityTimeComplete: reader.optional('availabilityTimeComplete', boolean),
  });
}
