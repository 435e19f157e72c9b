/** Small texts that outlive the program: what a trial or a measurement found. */
export type TextCache = {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
};
