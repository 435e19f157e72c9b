/** A file, or a range of bytes of one. */
export type Place = {
  readonly url: string;
  readonly range?: { readonly first: number; readonly last: number } | undefined;
};

/** The newest whole segment of one rendition. */
export type Newest = {
  readonly init: Place | undefined;
  readonly segment: Place;
  readonly isEncrypted: boolean;
  /** In seconds. */
  readonly duration: number;
  /** From where the segment begins to where somebody begins who comes now, in seconds; negative when that is before the segment. */
  readonly toPlayhead: number;
  /** UTC in ms since 1970 of where the segment begins, as the listing says. */
  readonly startsAtMs: number | undefined;
  /** Another word as soon as there is something newer. */
  readonly edge: string;
};

/** What a viewer finds who opens the address. */
export type ListedStream = {
  /** Nothing more will come. */
  readonly isOver: boolean;
  /** Undefined: sound only. */
  readonly pictures: Newest | undefined;
  /** Sound that is apart from the pictures; undefined when there is none, or it is in the same segments. */
  readonly sound: Newest | undefined;
};
