import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseProgramAssociations, parseProgramMap } from '../../../src-main/media/mpegts/program-tables.ts';
import { createSectionReader } from '../../../src-main/media/mpegts/sections.ts';
import { createTsSplitter } from '../../../src-main/media/mpegts/ts-packet.ts';
import { parseSpliceInfo } from '../../../src-main/media/scte35/splice-info.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { SPLICE_INSERT_OUT } from '../../unit/media/scte35/sample-sections.ts';
import { transportWriter, writePat, writePmt, writeTable } from '../transport-stream.ts';

function tables(): Uint8Array {
  const writer = transportWriter();
  writer.section(0, writePat([[1, 4096]]));
  writer.section(
    0,
    writePmt([
      { type: 0x1b, pid: 256 },
      { type: 0x86, pid: 500 },
    ]),
  );
  writer.section(0, SPLICE_INSERT_OUT);
  writer.section(0, writeTable(0x40, 1, 0, new Uint8Array(900).fill(7)));
  return writer.bytes();
}

const STREAM = tables();
const damages = fc.array(fc.tuple(fc.nat(STREAM.length - 1), fc.nat(255)), { maxLength: 12 });

/** Tables of any damage, cut anywhere, are left out or refused; what comes out of the reader of sections is one. */
export const anyTransportSections = fc.property(damages, fc.array(fc.nat(STREAM.length)), (changes, cuts) => {
  const damaged = STREAM.slice();
  for (const [at, value] of changes) {
    damaged[at] = value;
  }
  const splitter = createTsSplitter();
  const reader = createSectionReader();
  const places = [0, ...cuts.toSorted((a, b) => a - b), damaged.length];
  for (const [index, place] of places.entries()) {
    for (const packet of splitter.push(damaged.subarray(place, places[index + 1] ?? damaged.length))) {
      for (const section of reader.push(packet)) {
        assert(section.length >= 3 && section.length <= 4096);
        for (const parse of [parseProgramAssociations, parseProgramMap, parseSpliceInfo]) {
          readOrRefuse(() => void parse(section));
        }
      }
    }
  }
});

function readOrRefuse(read: () => void): void {
  try {
    read();
  } catch (error) {
    assert(error instanceof AppError, String(error));
  }
}
