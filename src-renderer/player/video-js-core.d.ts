/** video.js without its own HLS engine: the same, as far as its types say, and how an engine is given to it (Tech.withSourceHandlers). */
declare module 'video.js/core.es.js' {
  import type videojs from 'video.js';

  export type Source = { readonly src: string; readonly type?: string };
  type Likelihood = '' | 'maybe' | 'probably';

  /** What is asked first about a source, and takes it over from the browser. */
  export type SourceHandler<Options> = {
    readonly canPlayType: (type: string) => Likelihood;
    readonly canHandleSource: (source: Source, options?: Options) => Likelihood;
    readonly handleSource: (
      source: Source,
      tech: ReturnType<videojs.Player['tech']>,
      options: Options,
    ) => HandledSource;
  };
  export type HandledSource = {
    readonly seekable: () => TimeRanges;
    readonly dispose: () => void;
  };
  type SourceHandlers = {
    readonly registerSourceHandler: <Options>(handler: SourceHandler<Options>, index: number) => void;
  };

  const core: { getTech(name: 'Html5'): SourceHandlers } & typeof videojs;
  export default core;
}
