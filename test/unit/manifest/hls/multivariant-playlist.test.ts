import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type MultivariantPlaylist,
  parseMultivariantPlaylist,
  writeMultivariantPlaylist,
} from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

const playlist: MultivariantPlaylist = {
  independentSegments: true,
  renditions: [
    {
      type: 'AUDIO',
      groupId: 'audio',
      name: 'English',
      language: 'en',
      isDefault: true,
      autoSelect: true,
      channels: '2',
      uri: 'QualityLevels(128000)/Manifest(audio,format=m3u8-cmaf)',
    },
    {
      type: 'AUDIO',
      groupId: 'audio',
      name: 'Described',
      language: 'en',
      autoSelect: true,
      characteristics: ['public.accessibility.describes-video'],
      channels: '2',
      bitDepth: 16,
      sampleRate: 48_000,
      uri: 'QualityLevels(64000)/Manifest(described,format=m3u8-cmaf)',
    },
    { type: 'SUBTITLES', groupId: 'subs', name: 'Deutsch', language: 'de', forced: true, uri: 'de.m3u8' },
    { type: 'CLOSED-CAPTIONS', groupId: 'cc', name: 'CC', instreamId: 'CC1' },
    { type: 'VIDEO', groupId: 'angle', name: 'Main' },
  ],
  variants: [
    {
      bandwidth: 2_928_000,
      averageBandwidth: 2_628_000,
      codecs: ['avc1.64001f', 'mp4a.40.2'],
      resolution: { width: 1280, height: 720 },
      frameRate: 30_000 / 1001,
      videoRange: 'SDR',
      audio: 'audio',
      subtitles: 'subs',
      closedCaptions: { groupId: 'cc' },
      uri: 'QualityLevels(2500000)/Manifest(video,format=m3u8-cmaf)',
    },
  ],
  iFrameVariants: [
    {
      bandwidth: 250_000,
      codecs: ['avc1.64001f'],
      resolution: { width: 1280, height: 720 },
      uri: 'QualityLevels(2500000)/Manifest(video,format=m3u8-cmaf,type=keyframes)',
    },
  ],
};

test('variants, renditions and I-frame playlists are written as the standard spells them', () => {
  assert.equal(
    writeMultivariantPlaylist(playlist),
    lines(
      '#EXTM3U',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="QualityLevels(128000)/Manifest(audio,format=m3u8-cmaf)"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Described",LANGUAGE="en",AUTOSELECT=YES,BIT-DEPTH=16,SAMPLE-RATE=48000,CHARACTERISTICS="public.accessibility.describes-video",CHANNELS="2",URI="QualityLevels(64000)/Manifest(described,format=m3u8-cmaf)"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="Deutsch",LANGUAGE="de",FORCED=YES,URI="de.m3u8"',
      '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC",INSTREAM-ID="CC1"',
      '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="angle",NAME="Main"',
      '#EXT-X-STREAM-INF:BANDWIDTH=2928000,AVERAGE-BANDWIDTH=2628000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,VIDEO-RANGE=SDR,FRAME-RATE=29.970,AUDIO="audio",SUBTITLES="subs",CLOSED-CAPTIONS="cc"',
      'QualityLevels(2500000)/Manifest(video,format=m3u8-cmaf)',
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=250000,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="QualityLevels(2500000)/Manifest(video,format=m3u8-cmaf,type=keyframes)"',
    ),
  );
});

test('session data, session keys and steering are written before the choices', () => {
  const text = writeMultivariantPlaylist({
    start: { timeOffsetSeconds: 5, precise: false },
    defines: [{ kind: 'value', name: 'a', value: 'b' }],
    sessionData: [
      { dataId: 'com.example.title', value: 'The show', language: 'en' },
      { dataId: 'com.example.list', uri: 'list.bin', format: 'RAW' },
    ],
    sessionKeys: [
      {
        method: 'SAMPLE-AES',
        uri: 'skd://id',
        keyFormat: 'com.apple.streamingkeydelivery',
        keyFormatVersions: [1, 2],
      },
    ],
    contentSteering: { serverUri: '/steering', pathwayId: 'A' },
    unknownTags: ['#EXT-X-CUSTOM'],
    renditions: [],
    variants: [{ bandwidth: 1, score: 1.5, closedCaptions: 'none', pathwayId: 'A', uri: 'v' }],
    iFrameVariants: [],
  });

  assert.equal(
    text,
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:8',
      '#EXT-X-START:TIME-OFFSET=5,PRECISE=NO',
      '#EXT-X-DEFINE:NAME="a",VALUE="b"',
      '#EXT-X-SESSION-DATA:DATA-ID="com.example.title",VALUE="The show",LANGUAGE="en"',
      '#EXT-X-SESSION-DATA:DATA-ID="com.example.list",URI="list.bin",FORMAT=RAW',
      '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://id",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1/2"',
      '#EXT-X-CONTENT-STEERING:SERVER-URI="/steering",PATHWAY-ID="A"',
      '#EXT-X-CUSTOM',
      '#EXT-X-STREAM-INF:BANDWIDTH=1,SCORE=1.5,PATHWAY-ID="A",CLOSED-CAPTIONS=NONE',
      'v',
    ),
  );
});

test('a default rendition is selected automatically, because the standard wants it so', () => {
  const text = writeMultivariantPlaylist({
    renditions: [{ type: 'AUDIO', groupId: 'a', name: 'n', isDefault: true }],
    variants: [],
    iFrameVariants: [],
  });

  assert.match(text, /DEFAULT=YES,AUTOSELECT=YES/);
});

test('what was written is read back', () => {
  const [variant] = playlist.variants;

  assert.deepEqual(parseMultivariantPlaylist(writeMultivariantPlaylist(playlist)), {
    ...playlist,
    variants: [{ ...variant, frameRate: 29.97 }],
  });
});

test('a multivariant playlist that is not right is refused with its line', () => {
  const cases: readonly (readonly [text: string, message: RegExp, line: number])[] = [
    ['#EXTM3U\nmedia.m3u8\n', /no EXT-X-STREAM-INF before it/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n', /its URI is missing/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n', /its URI is missing/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:CODECS="x"\nv\n', /BANDWIDTH is missing/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280X720\nv\n', /RESOLUTION has a value/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,VIDEO-RANGE=HDR\nv\n', /VIDEO-RANGE has a value/, 2],
    ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS=SOME\nv\n', /CLOSED-CAPTIONS has a value/, 2],
    ['#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1\n', /URI is missing/, 2],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"\n', /NAME is missing/, 2],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="a",NAME="n"\n', /URI is missing/, 2],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="a",NAME="n"\n', /INSTREAM-ID is missing/, 2],
    [
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="a",NAME="n",INSTREAM-ID="CC1",URI="x"\n',
      /have no URI/,
      2,
    ],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="a",NAME="n",CHANNELS="2"\n', /CHANNELS is only for AUDIO/, 2],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",FORCED=YES\n', /FORCED is only for SUBTITLES/, 2],
    ['#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID="a"\n', /either VALUE or URI/, 2],
    ['#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="b",URI="c"\n', /either VALUE or URI/, 2],
    ['#EXTM3U\n#EXT-X-SESSION-KEY:METHOD=NONE\n', /METHOD has a value/, 2],
    ['#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-VERSION:3\n', /there twice/, 3],
    [
      '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="a"\n#EXT-X-CONTENT-STEERING:SERVER-URI="a"\n',
      /there twice/,
      3,
    ],
    ['#EXTM3U\n#EXT-X-TARGETDURATION:4\n', /no place in a multivariant playlist/, 2],
    ['#EXTM3U\n#EXTINF:4,\n', /no place in a multivariant playlist/, 2],
  ];

  for (const [text, message, line] of cases) {
    assert.throws(
      () => parseMultivariantPlaylist(text),
      (error) => {
        assert.ok(error instanceof AppError, text);
        assert.equal(error.code, 'media/malformed');
        assert.match(error.message, message);
        assert.equal(error.details['line'], line, text);
        return true;
      },
      text,
    );
  }
});
