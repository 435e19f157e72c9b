import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseChunk, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { parseInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { type BoxReader, readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { AUDIO, NO_DEFAULTS, pictures, VIDEO } from '../../unit/media/sample-media.ts';
import { header } from '../../unit/media/smooth/ingest-streams.ts';

/** Boxes are walked through this deep: as deep as a header is, and a little more. */
const DEPTH = 8;

const FILES = [
  header([VIDEO, AUDIO], [{ trackId: 3, timescale: 1000, format: 'scte' }]),
  writeChunk(pictures(20), { sequenceNumber: 1, kind: 'video' }).bytes,
];

/** Goes into every box as if it held others. */
function walk(boxes: BoxReader, depth: number): void {
  for (let box = boxes.child(); box !== undefined; box = boxes.child()) {
    if (depth < DEPTH) {
      walk(box, depth + 1);
    }
  }
}

function readOrRefuse(read: () => void): void {
  try {
    read();
  } catch (error) {
    assert(error instanceof AppError, String(error));
  }
}

const damages = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 8, 0x7f, 0xff))), {
  maxLength: 8,
});

/** Boxes of any damage, and bytes that are none, are read to their end or refused. */
export const anyBoxes = fc.property(
  fc.oneof(fc.constantFrom(...FILES), fc.uint8Array({ maxLength: 300 })),
  damages,
  (file, changes) => {
    const damaged = file.slice();
    for (const [at, value] of damaged.length === 0 ? [] : changes) {
      damaged[at % damaged.length] = value;
    }
    readOrRefuse(() => walk(readBoxes(damaged), 0));
    readOrRefuse(() => void parseInitSegment(damaged));
    readOrRefuse(() => void parseChunk(damaged, NO_DEFAULTS));
  },
);
