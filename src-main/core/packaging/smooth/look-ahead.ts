/** How many fragments each fragment tells of that follow it (LookAheadFragmentCount, spec 5.3). It can be had when they are there too. */
export const LOOK_AHEAD = 2;
