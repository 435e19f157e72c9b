/** The vocabularies in an MPD, and the prefixes they are written with. */
export const MPD_NAMESPACE = 'urn:mpeg:dash:schema:mpd:2011';

export const CENC = { prefix: 'cenc', namespace: 'urn:mpeg:cenc:2013' } as const;
export const PLAYREADY = { prefix: 'mspr', namespace: 'urn:microsoft:playready' } as const;
export const DASHIF = { prefix: 'dashif', namespace: 'https://dashif.org/CPS' } as const;
export const SCTE35 = { prefix: 'scte35', namespace: 'http://www.scte.org/schemas/35/2016' } as const;
