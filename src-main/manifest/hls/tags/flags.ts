/** The tags that say all by being there. */

/** 8216bis §4.4.2.1 */
export const INDEPENDENT_SEGMENTS = '#EXT-X-INDEPENDENT-SEGMENTS\n';
/** §4.4.3.4 */
export const END_LIST = '#EXT-X-ENDLIST\n';
/** §4.4.3.6 */
export const I_FRAMES_ONLY = '#EXT-X-I-FRAMES-ONLY\n';
/** §4.4.4.3 */
export const DISCONTINUITY = '#EXT-X-DISCONTINUITY\n';
/** §4.4.4.7 */
export const GAP = '#EXT-X-GAP\n';
