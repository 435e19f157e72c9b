import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findManifestTrack, readLiveManifest } from '../../../../src-main/core/ingest/fmp4-push/live-manifest.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const NOTHING = {
  trackId: undefined,
  name: undefined,
  bitrate: undefined,
  language: undefined,
  timescale: undefined,
  subtype: undefined,
  scheme: undefined,
};

/** As ffmpeg 5.1 writes it. */
const FFMPEG = `<?xml version="1.0" encoding="utf-8"?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
<head>
<meta name="creator" content="Lavf59.27.100" />
</head>
<body>
<switch>
<video systemBitrate="300000">
<param name="systemBitrate" value="300000" valuetype="data"/>
<param name="trackID" value="1" valuetype="data"/>
<param name="systemLanguage" value="und" valuetype="data"/>
<param name="trackName" value="video" valuetype="data"/>
<param name="CodecPrivateData" value="000000016764000D" valuetype="data"/>
<param name="FourCC" value="H264" valuetype="data"/>
</video>
<audio systemBitrate="96000">
<param name="trackID" value="2" valuetype="data"/>
<param name="systemLanguage" value="fre" valuetype="data"/>
<param name="trackName" value="audio_fre" valuetype="data"/>
</audio>
</switch>
</body>
</smil>
`;

/** As the specification of Azure Media Services shows it. */
const SPARSE = `<smil xmlns="http://www.w3.org/2001/SMIL20/Language"><body><switch>
<textstream src="e.ismt" systemBitrate="0" parentTrackName="video">
<param name="systemBitrate" value="0" valuetype="data"/>
<param name="trackID" value="5"/>
<param name="trackName" value="ad_track" valuetype="data"/>
<param name="Subtype" value="DATA" valuetype="data"/>
<param name="Scheme" value="urn:scte:scte35:2013:bin" valuetype="data"/>
<param name="timescale" value="10000000" valuetype="data"/>
</textstream></switch></body></smil>`;

test('the manifest of ffmpeg says names, bitrates and languages', () => {
  assert.deepEqual(readLiveManifest(FFMPEG), [
    { ...NOTHING, kind: 'video', trackId: 1, name: 'video', bitrate: 300_000 },
    { ...NOTHING, kind: 'audio', trackId: 2, name: 'audio_fre', bitrate: 96_000, language: 'fr' },
  ]);
});

test('a track of cues says what they are', () => {
  assert.deepEqual(readLiveManifest(SPARSE), [
    {
      ...NOTHING,
      kind: 'text',
      trackId: 5,
      name: 'ad_track',
      timescale: 10_000_000,
      subtype: 'DATA',
      scheme: 'urn:scte:scte35:2013:bin',
    },
  ]);
});

test('letters may be large or small, the namespace any or none, and white space may stand before it', () => {
  const manifest =
    '\r\n <SMIL><Body><Switch><AUDIO SystemBitrate="1" TrackName=" Ton "/></Switch></Body></SMIL>\n';

  assert.deepEqual(readLiveManifest(manifest), [{ ...NOTHING, kind: 'audio', name: 'Ton', bitrate: 1 }]);
});

test('values that say nothing are nothing', () => {
  const manifest = `<smil><video systemBitrate="-3" systemLanguage="UND" trackID="0" trackName="">
    <param name="timescale" value="99999999999"/><param/></video></smil>`;

  assert.deepEqual(readLiveManifest(manifest), [{ ...NOTHING, kind: 'video' }]);
});

test('more tracks than anybody has are left out, and long names are cut', () => {
  const manifest = `<smil>${`<video trackName="${'x'.repeat(500)}"/>`.repeat(100)}</smil>`;

  const tracks = readLiveManifest(manifest);

  assert.equal(tracks.length, 64);
  assert.equal(tracks[0]?.name?.length, 128);
});

test('a track is found by its id, and the only one of the only track without', () => {
  const manifest = readLiveManifest(FFMPEG);
  const [alone] = readLiveManifest('<smil><video systemBitrate="5"/></smil>');
  assert.ok(alone !== undefined);

  assert.equal(findManifestTrack(manifest, 2, 2)?.name, 'audio_fre');
  assert.equal(findManifestTrack(manifest, 3, 3), undefined);
  assert.equal(findManifestTrack([alone], 7, 1), alone);
  assert.equal(findManifestTrack([alone], 7, 2), undefined);
});

test('what is no XML, has a document type, or is too much of anything is refused', () => {
  for (const text of [
    '',
    'no XML',
    '<smil><video></smil>',
    '<!DOCTYPE smil [<!ENTITY a "b">]><smil>&a;</smil>',
    '<a>'.repeat(100) + '</a>'.repeat(100),
    `<smil>${'<b/>'.repeat(5000)}</smil>`,
    `<smil>${' '.repeat(300_000)}</smil>`,
  ]) {
    assert.throws(
      () => readLiveManifest(text),
      (error) => error instanceof AppError && error.code === 'media/malformed',
      text.slice(0, 40),
    );
  }
});

test('damage gives tracks or a refusal', () => {
  fc.assert(
    fc.property(fc.nat(FFMPEG.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, instead) => {
      try {
        readLiveManifest(FFMPEG.slice(0, at) + instead + FFMPEG.slice(at + length));
      } catch (error) {
        assert.ok(error instanceof AppError);
      }
    }),
    { numRuns: 500 },
  );
});
