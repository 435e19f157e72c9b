import type { ProofOfAir } from '../../shared/api/proof-of-air.ts';

/** A place that should show something at present. */
export type AirTarget = {
  /** `locator/{name}`, `destination/{name}`. */
  readonly subject: string;
  /** Of its playlist or manifest. */
  readonly url: string;
  /** Made here: its times are of our clock. */
  readonly isOwn: boolean;
  /** It shows the studio's programme, and not what an outside encoder sends. */
  readonly isProgramme: boolean;
};

export type ProofOfAirService = {
  list(): readonly ProofOfAir[];
  /** Looks at all of them now; resolves when that is done. */
  check(): Promise<readonly ProofOfAir[]>;
};

/** How the look from outside names itself. Its own origin does not count it as a viewer; who borrows the name is not counted either, and gains nothing. */
export const AIR_USER_AGENT = 'Mozilla/5.0 (compatible; Lectern proof of air)';
