import { readXml } from '../../dash/xml-reader.ts';
import { type FragmentRun, parseFragmentRuns } from '../fragment-runs.ts';
import { smoothReader } from '../smooth-reader.ts';
import type { StreamIndex } from '../stream-index.ts';

/** The runs of a stream in either form. */
export function runsOf({ fragments }: StreamIndex): readonly FragmentRun[] {
  return 'written' in fragments
    ? parseFragmentRuns(smoothReader(readXml(`<StreamIndex>${fragments.written.join('')}</StreamIndex>`)))
    : fragments;
}

/** Text whose fragments are messages, each with a time of its own. */
export function isSparse({ parentStream }: StreamIndex): boolean {
  return parentStream !== undefined;
}
