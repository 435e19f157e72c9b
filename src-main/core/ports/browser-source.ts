import type {
  BrowserSource,
  CaptureStart,
  CaptureStarted,
  CaptureState,
  PieceTaken,
} from '../../shared/api/browser-source.ts';

/** Sources that a page in a browser captures, as the control API sees them. */
export type BrowserSourceService = {
  /** Throws `resource/not-found` for a source that is none of a browser. */
  get(source: string): BrowserSource;
  /** New links; the old ones let nobody in from now on. Throws as `get`. */
  renew(source: string): Promise<BrowserSource>;
};

/** What the servers of the page are given: a page comes in by the secret of its link, and can send for that source, and nothing else. */
export type CaptureDesk = {
  /** The source whose link has that secret. */
  readonly authenticate: (token: string) => string | undefined;
  readonly state: (source: string) => CaptureState;
  /**
   * Begins to send, in place of whoever did before. Throws `browser/bad-stream`, and `browser/replaced` for one that goes on when another has
   * come meanwhile.
   */
  readonly start: (source: string, request: CaptureStart, from: string) => CaptureStarted;
  /** Throws `browser/bad-piece`, `browser/no-stream`, `browser/replaced`. */
  readonly take: (source: string, stream: string, piece: Uint8Array) => PieceTaken;
  /** It ends by itself. */
  readonly stop: (source: string, stream: string) => void;
};

/** Where the page that captures can be opened. */
export type CaptureDoors = {
  /** `http://127.0.0.1:8400` */
  readonly local: string | undefined;
  readonly network:
    | { readonly urls: readonly string[]; readonly tls: boolean }
    | { readonly error: unknown }
    | undefined;
};
