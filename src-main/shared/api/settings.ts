import { z } from 'zod';
import { isoDurationBetween } from './common.ts';
import { ladderChoice } from './ladder.ts';
import { MOST_PANIC_SECONDS } from './panic.ts';

/** 0 asks the operating system for any free port. */
const port = z.number().int().min(0).max(65_535);

export const settings = z.strictObject({
  /** Goes up when the meaning of a field changes; `core/settings` migrates older files. */
  version: z.literal(1),
  language: z.enum(['auto', 'en', 'de']),
  theme: z.enum(['dark', 'light', 'system']),
  network: z.strictObject({
    controlPort: port,
    originPort: port,
    /** RTMP, primary and secondary; with TLS the same. */
    rtmpPort: port,
    rtmpSecondaryPort: port,
    rtmpsPort: port,
    rtmpsSecondaryPort: port,
    /** fMP4 push over http and https. */
    ingestPort: port,
    ingestTlsPort: port,
    /** SRT and MPEG-2 transport streams. */
    srtPort: port,
    /** Take encoders on other computers in, those that an event's list allows. Without it only those on this one. */
    shareIngest: z.boolean(),
    /** PEM files for everything with TLS; empty: a certificate of our own making, which strict encoders refuse. */
    certificateFile: z.string().max(4096),
    certificateKeyFile: z.string().max(4096),
    /** Answer viewers on other computers. Without it everything listens on loopback only. */
    shareOrigin: z.boolean(),
    /** Let phones in that were paired, to help while it is live; on a port of its own. */
    remote: z.boolean(),
    remotePort: port,
    /** Host name or address that links for other computers are written with; found by itself when empty. */
    publicHost: z.string().max(255),
  }),
  ffmpeg: z.strictObject({
    /** Paths that win over the environment, the bundled binary and PATH; empty means look there. */
    ffmpegPath: z.string().max(4096),
    ffprobePath: z.string().max(4096),
  }),
  encoding: z.strictObject({
    ladder: ladderChoice,
    /** `auto` takes the first hardware encoder whose trial succeeds, else x264. */
    encoder: z.enum([
      'auto',
      'libx264',
      'h264_videotoolbox',
      'h264_nvenc',
      'h264_qsv',
      'h264_amf',
      'h264_vaapi',
      'h264_mf',
    ]),
    frameRate: z.literal([24, 25, 30, 50, 60]),
  }),
  recording: z.strictObject({
    archiveWindowLength: isoDurationBetween('PT1M', 'PT25H'),
    /** How far viewers can go back while it is live; shorter than the archive, because long playlists exhaust players. */
    rewindWindowLength: isoDurationBetween('PT1M', 'PT25H'),
    /**
     * Sound inputs recorded as tracks of their own beside the programme: none; those that ask for it; all, silent while they are muted unless they
     * ask for more. Not more than eight.
     */
    separateTracks: z.enum(['off', 'chosen', 'all']),
    /** How many seconds a panic takes back. */
    panicSeconds: z.number().int().min(0).max(MOST_PANIC_SECONDS),
    /** Below this many bytes free the presenter is warned. */
    warnFreeBytes: z.number().int().min(0),
    /** Below this many bytes free recording ends cleanly, before the disk is full. */
    stopFreeBytes: z
      .number()
      .int()
      .min(16 * 1024 * 1024),
  }),
  service: z.strictObject({
    /** Spec 2.18; this computer's limits may be lower or higher than the cloud's. */
    quotas: z.strictObject({
      liveEvents: z.number().int().min(1).max(100),
      outputsPerEvent: z.number().int().min(1).max(10),
      locatorsPerAsset: z.number().int().min(1).max(1000),
      /** `default` among them. */
      streamingEndpoints: z.number().int().min(1).max(20),
      /** Of the account, and of each asset. */
      filters: z.number().int().min(1).max(1000),
      /** Besides those that are predefined. */
      streamingPolicies: z.number().int().min(1).max(1000),
      contentKeyPolicies: z.number().int().min(1).max(1000),
    }),
    /** To whom content keys are given at all, before any policy is asked (spec 4.4). */
    keyDelivery: z.strictObject({
      /** `Deny`: to those on the list only. With `Allow` there is no list. */
      defaultAction: z.enum(['Allow', 'Deny']),
      /** Addresses and networks: `10.0.0.1`, `10.0.0.0/22`, `fd00::/8`. */
      ipAllowList: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).max(400),
    }),
    /** Live transcription (spec 2.14): Lectern hears nothing itself, it runs a program that does. */
    transcription: z.strictObject({
      /**
       * Program and arguments, no shell; empty: none. `{language}` and `{sampleRate}` stand for those of the event. It is given sound on standard
       * input and writes text on standard output, as the help page says.
       */
      command: z.array(z.string().min(1).max(4096)).max(64),
      /** How late text may be: so long segments of it are waited for, and sound that a slow program has not heard is kept. */
      lagSeconds: z.number().min(1).max(60),
    }),
    /** Headless: a file whose only line is the passphrase that seals stored keys; empty: none. The desktop app has the keychain of the system. */
    passphraseFile: z.string().max(4096),
    /** An encoding event without outputs is stopped when nothing has come in for so long (spec 2.1). */
    stopWithoutInputAfter: isoDurationBetween('PT1M', 'P7D'),
  }),
});
export type Settings = z.infer<typeof settings>;

export const DEFAULT_SETTINGS: Settings = {
  version: 1,
  language: 'auto',
  theme: 'dark',
  network: {
    controlPort: 8400,
    originPort: 8480,
    rtmpPort: 1935,
    rtmpSecondaryPort: 1936,
    rtmpsPort: 2935,
    rtmpsSecondaryPort: 2936,
    ingestPort: 8485,
    ingestTlsPort: 8486,
    srtPort: 8890,
    shareIngest: false,
    certificateFile: '',
    certificateKeyFile: '',
    shareOrigin: false,
    remote: false,
    remotePort: 8490,
    publicHost: '',
  },
  ffmpeg: { ffmpegPath: '', ffprobePath: '' },
  encoding: { ladder: { kind: 'auto' }, encoder: 'auto', frameRate: 30 },
  recording: {
    archiveWindowLength: 'PT25H',
    rewindWindowLength: 'PT2H',
    separateTracks: 'chosen',
    panicSeconds: 30,
    warnFreeBytes: 5 * 1024 ** 3,
    stopFreeBytes: 256 * 1024 ** 2,
  },
  service: {
    quotas: {
      liveEvents: 5,
      outputsPerEvent: 3,
      locatorsPerAsset: 100,
      streamingEndpoints: 2,
      filters: 100,
      streamingPolicies: 100,
      contentKeyPolicies: 100,
    },
    keyDelivery: { defaultAction: 'Allow', ipAllowList: [] },
    transcription: { command: [], lagSeconds: 10 },
    passphraseFile: '',
    stopWithoutInputAfter: 'PT12H',
  },
};

/** Any part of the settings, to any depth; what is left out stays. */
export const settingsPatch = z.strictObject({
  language: settings.shape.language.optional(),
  theme: settings.shape.theme.optional(),
  network: settings.shape.network.partial().optional(),
  ffmpeg: settings.shape.ffmpeg.partial().optional(),
  encoding: settings.shape.encoding.partial().optional(),
  recording: settings.shape.recording.partial().optional(),
  service: z
    .strictObject({
      quotas: settings.shape.service.shape.quotas.partial().optional(),
      keyDelivery: settings.shape.service.shape.keyDelivery.partial().optional(),
      transcription: settings.shape.service.shape.transcription.partial().optional(),
      passphraseFile: settings.shape.service.shape.passphraseFile.optional(),
      stopWithoutInputAfter: settings.shape.service.shape.stopWithoutInputAfter.optional(),
    })
    .optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatch>;

export const settingsAnswer = z.strictObject({
  settings,
  /** Fields whose new value takes effect at the next start. */
  restartNeeded: z.array(z.string()),
});
