import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import type { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';
import { parseBtrt } from '../../../../src-main/media/isobmff/btrt.ts';
import { writeDinf } from '../../../../src-main/media/isobmff/dinf.ts';
import { writeEdts } from '../../../../src-main/media/isobmff/elst.ts';
import { writeEmsg } from '../../../../src-main/media/isobmff/emsg.ts';
import { parseEsds, writeEsds } from '../../../../src-main/media/isobmff/esds.ts';
import { writeFree } from '../../../../src-main/media/isobmff/free.ts';
import { writeFtyp } from '../../../../src-main/media/isobmff/ftyp.ts';
import { writeHdlr } from '../../../../src-main/media/isobmff/hdlr.ts';
import { parseMdhd, writeMdhd } from '../../../../src-main/media/isobmff/mdhd.ts';
import { parseMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { parsePrft, writePrft } from '../../../../src-main/media/isobmff/prft.ts';
import { parseSidx, writeSidx } from '../../../../src-main/media/isobmff/sidx.ts';
import { writeSmhd } from '../../../../src-main/media/isobmff/smhd.ts';
import { parseTfdt, writeTfdt } from '../../../../src-main/media/isobmff/tfdt.ts';
import { parseTfhd } from '../../../../src-main/media/isobmff/tfhd.ts';
import { parseTfxd } from '../../../../src-main/media/isobmff/tfxd.ts';
import { parseTrun, writeTrun } from '../../../../src-main/media/isobmff/trun.ts';
import { writeVmhd } from '../../../../src-main/media/isobmff/vmhd.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AAC_CONFIG, fromHex, rewound, toHex, written } from '../sample-media.ts';

/** Boxes as ffmpeg 5.1 wrote them, or spelled out from the table in the standard. */
const goldens: readonly (readonly [name: string, write: (writer: BoxWriter) => void, hex: string])[] = [
  [
    'ftyp',
    (writer) =>
      writeFtyp(writer, { majorBrand: 'iso5', minorVersion: 512, compatibleBrands: ['iso5', 'iso6', 'mp41'] }),
    '0000001c667479706973 6f350000020069736f3569736f366d703431',
  ],
  [
    'mdhd',
    (writer) => writeMdhd(writer, { timescale: 90_000, duration: 0n, language: 'und' }),
    '000000206d646864000000000000000000000000 00015f90 00000000 55c4 0000',
  ],
  [
    'hdlr',
    (writer) => writeHdlr(writer, { type: 'vide', name: 'VideoHandler' }),
    '0000002d68646c72000000000000000076696465000000000000000000000000566964656f48616e646c657200',
  ],
  ['vmhd', writeVmhd, '00000014766d6864000000010000000000000000'],
  ['smhd', writeSmhd, '00000010736d68640000000000000000'],
  ['dinf', writeDinf, '0000002464696e660000001c6472656600000000000000010000000c75726c2000000001'],
  ['free', (writer) => writeFree(writer, 12), '0000000c6672656500000000'],
  ['tfdt', (writer) => writeTfdt(writer, ticks(900_000)), '00000014 74666474 01000000 00000000000dbba0'],
  [
    'trun',
    (writer) =>
      writeTrun(writer, {
        sampleCount: 2,
        dataOffset: 116,
        firstSampleFlags: 0x0200_0000,
        durations: undefined,
        sizes: Uint32Array.of(5, 6),
        flags: undefined,
        compositionOffsets: Int32Array.of(6000, -3000),
      }),
    '00000028 7472756e 01000a05 00000002 00000074 02000000 00000005 00001770 00000006 fffff448',
  ],
  [
    'edts',
    (writer) =>
      writeEdts(writer, [
        { kind: 'empty', duration: 63_360n },
        { kind: 'media', duration: 2_880_000n, mediaTime: 6000n },
      ]),
    '00000030 65647473 00000028 656c7374 00000000 00000002 0000f780 ffffffff 00010000 002bf200 00001770 00010000',
  ],
  [
    'sidx',
    (writer) =>
      writeSidx(writer, {
        referenceId: 1,
        timescale: 90_000,
        earliestPresentationTime: ticks(900_000),
        firstOffset: 0n,
        references: [
          { kind: 'media', size: 4096, duration: 180_000, startsWithSap: true, sapType: 1, sapDeltaTime: 0 },
        ],
      }),
    '0000002c 73696478 00000000 00000001 00015f90 000dbba0 00000000 0000 0001 00001000 0002bf20 90000000',
  ],
  [
    'prft',
    (writer) =>
      writePrft(writer, {
        flags: 24,
        trackId: 1,
        ntpTimestamp: 0xe9c1_2345_8000_0000n,
        mediaTime: ticks(900_000),
      }),
    '00000020 70726674 01000018 00000001 e9c1234580000000 00000000000dbba0',
  ],
  [
    'emsg',
    (writer) =>
      writeEmsg(writer, {
        schemeIdUri: 'urn:x',
        value: '1',
        timescale: 1000,
        start: { kind: 'absolute', ticks: ticks(5000) },
        duration: 250,
        id: 9,
        payload: Uint8Array.of(0xfc, 0x30),
      }),
    '0000002a 656d7367 01000000 000003e8 0000000000001388 000000fa 00000009 75726e3a7800 3100 fc30',
  ],
];

for (const [name, write, hex] of goldens) {
  test(`${name} has the bytes the standard asks for`, () => {
    assert.equal(toHex(written(write)), hex.replaceAll(' ', ''));
  });
}

test('esds has short sizes where they fit and reads the long ones of ffmpeg', () => {
  const stream = {
    objectTypeIndication: 0x40,
    bufferSize: 0,
    maxBitrate: 128_000,
    averageBitrate: 128_000,
    decoderConfig: AAC_CONFIG,
  };
  const byFfmpeg = fromHex(
    '00000036657364730000000003808080250001000480808017401500000000' +
      '01f4000001f4000580808005118856e500068080800102',
  );

  assert.equal(
    toHex(written((writer) => writeEsds(writer, stream))),
    '0000002a65736473' +
      '00000000' +
      '031c000000' +
      '04144015' +
      '000000' +
      '0001f4000001f400' +
      '0505118856e500' +
      '060102',
  );
  assert.deepEqual(parseEsds(readBoxes(byFfmpeg).require('esds')), stream);
});

test('descriptors of any size are read as they were written', () => {
  for (const length of [0, 90, 127, 128, 16_383, 16_384, 2_200_000]) {
    const stream = {
      objectTypeIndication: 0x40,
      bufferSize: 0,
      maxBitrate: 1,
      averageBitrate: 1,
      decoderConfig: new Uint8Array(length).fill(7),
    };

    assert.deepEqual(parseEsds(rewound((writer) => writeEsds(writer, stream))), stream);
  }
});

test('the 32-bit forms that other muxers write are read', () => {
  const tfdt = readBoxes(fromHex('0000001074666474' + '00000000' + 'fffffffe')).require('tfdt');
  const prft = readBoxes(fromHex('0000001c70726674' + '00000000' + '00000002' + '0000000100000000' + '0000ffff'));
  const tfxd = readBoxes(
    fromHex('0000002475756964' + '6d1d9b0542d544e680e2141daff757b2' + '00000000' + '0000000a00000014'),
  );
  const early = readBoxes(
    fromHex('0000002c757569646d1d9b0542d544e680e2141daff757b201000000fffffffffffcbeab0000000000927c00'),
  );
  const trun = readBoxes(fromHex('000000187472756e' + '00000801' + '00000001' + '00000070' + '00002ee0')).require(
    'trun',
  );

  assert.equal(parseTfdt(tfdt), 0xffff_fffen);
  assert.deepEqual(parsePrft(prft.require('prft')).mediaTime, 0xffffn);
  assert.deepEqual(parseTfxd(tfxd.require('uuid')), { time: 10n, duration: 20n });
  assert.deepEqual(parseTfxd(early.require('uuid')), { time: -213_333n, duration: 9_600_000n });
  assert.deepEqual(parseTrun(trun, 1).compositionOffsets, Int32Array.of(12_000));
});

test('a decode time that ffmpeg wrote below zero is read below zero', () => {
  const tfdt = readBoxes(fromHex('0000001474666474' + '01000000' + 'fffffffffffffc00')).require('tfdt');

  assert.equal(parseTfdt(tfdt), -1024n);
});

test('a duration of all ones is one that is not known', () => {
  const short = readBoxes(fromHex(`000000206d646864${'00'.repeat(12)}0000bb80ffffffff55c40000`)).require('mdhd');
  const long = readBoxes(
    fromHex(`0000002c6d64686401000000${'00'.repeat(16)}00989680ffffffffffffffff55c40000`),
  ).require('mdhd');

  assert.equal(parseMdhd(short).duration, 0n);
  assert.equal(parseMdhd(long).duration, 0n);
});

test('the fragment header of ffmpeg is read field by field', () => {
  const tfhd = readBoxes(
    fromHex('0000001c74666864' + '00020038' + '00000001' + '00000bb8' + '00001ae4' + '01010000'),
  );

  assert.deepEqual(parseTfhd(tfhd.require('tfhd')), {
    trackId: 1,
    baseDataOffset: undefined,
    sampleDescriptionIndex: undefined,
    defaultDuration: 3000,
    defaultSize: 6884,
    defaultFlags: 0x0101_0000,
    durationIsEmpty: false,
    defaultBaseIsMoof: true,
  });
});

test('a uuid box that is not tfxd is passed over', () => {
  assert.equal(parseTfxd(readBoxes(fromHex(`0000001875756964${'ab'.repeat(16)}`)).require('uuid')), undefined);
});

test('boxes with more behind the fields that are known are read all the same', () => {
  const mvhd = readBoxes(
    fromHex(
      `00000078 6d766864 ${'00'.repeat(12)} 000003e8 00000005 ${'00'.repeat(76)} 00000002 ${'ee'.repeat(12)}`.replaceAll(
        ' ',
        '',
      ),
    ),
  );
  const btrt = readBoxes(fromHex('0000001862747274' + '000000010000000200000003' + 'eeeeeeee')).require('btrt');
  const sidx = readBoxes(
    fromHex(
      '0000003473696478' +
        '01000000' +
        '00000001' +
        '000003e8' +
        '0000000000000005' +
        '0000000000000006' +
        '00000001' +
        '80000010' +
        '00000020' +
        'a0000003',
    ),
  ).require('sidx');

  assert.deepEqual(parseMvhd(mvhd.require('mvhd')), { timescale: 1000, duration: 5n, nextTrackId: 2 });
  assert.deepEqual(parseBtrt(btrt), { bufferSize: 1, maxBitrate: 2, averageBitrate: 3 });
  assert.deepEqual(parseSidx(sidx), {
    referenceId: 1,
    timescale: 1000,
    earliestPresentationTime: 5n,
    firstOffset: 6n,
    references: [{ kind: 'index', size: 16, duration: 32, startsWithSap: true, sapType: 2, sapDeltaTime: 3 }],
  });
});
