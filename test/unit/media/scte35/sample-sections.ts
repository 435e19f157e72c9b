/** The examples of ANSI/SCTE 35, clause 14. */
function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** §14.2: a break of 60.293 s that ends by itself, with an avail descriptor. */
export const SPLICE_INSERT_OUT = fromBase64(
  '/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=',
);

/** §14.1: the start of a provider's placement opportunity of 307 s. */
export const TIME_SIGNAL_PLACEMENT_START = fromBase64(
  '/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==',
);
