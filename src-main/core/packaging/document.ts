import type { ManifestDocument } from '../ports/packaging.ts';
import { joinChecksum, joinGzip, joinIdentity, type Piece } from './pieces.ts';
import type { Snapshot } from './snapshot.ts';

/** Keeps the newest version of one manifest, so that everybody who asks is given the same object until something in it changes. */
export type DocumentKeeper = {
  /** `make` is called once per snapshot; undefined, when there is nothing to show, is passed on. */
  latest(snapshot: Snapshot, make: () => readonly Piece[] | undefined): ManifestDocument | undefined;
};

export function createDocumentKeeper(contentType: string, nowMs: () => number): DocumentKeeper {
  let seen: Snapshot | undefined;
  let pieces: readonly Piece[] | undefined;
  let document: ManifestDocument | undefined;
  return {
    latest(snapshot, make) {
      if (seen === snapshot) {
        return document;
      }
      const made = make();
      // A chunk of another track changes the snapshot, but not this manifest.
      if (made === undefined || pieces === undefined || !areEqual(made, pieces)) {
        pieces = made;
        document =
          made === undefined
            ? undefined
            : createDocument(made, { contentType, madeAtMs: nowMs(), revision: snapshot.revision });
      }
      seen = snapshot;
      return document;
    },
  };
}

function areEqual(a: readonly Piece[], b: readonly Piece[]): boolean {
  return (
    a.length === b.length &&
    a.every((piece, index) => {
      const other = b[index];
      // Long pieces are kept, so they are the same object or, at the border of a window, of another length.
      return piece === other || (other !== undefined && piece.bytes.equals(other.bytes));
    })
  );
}

function createDocument(
  pieces: readonly Piece[],
  about: { readonly contentType: string; readonly madeAtMs: number; readonly revision: string },
): ManifestDocument {
  const { crc, size } = joinChecksum(pieces);
  let identity: Buffer | undefined;
  let gzip: Buffer | undefined;
  return {
    contentType: about.contentType,
    // The content makes it differ over restarts, where revisions begin again; the revision makes good for what a checksum cannot tell.
    version: `${crc.toString(36)}-${size.toString(36)}-${about.revision}`,
    madeAtMs: about.madeAtMs,
    identity() {
      identity ??= joinIdentity(pieces);
      return identity;
    },
    gzip() {
      gzip ??= joinGzip(pieces);
      return gzip;
    },
  };
}
