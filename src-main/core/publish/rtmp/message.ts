/** Types of RTMP messages, Adobe RTMP 1.0 §5.4, §6.2 and §7.1. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
} as const;

export type RtmpMessage = {
  readonly type: number;
  /** 0 for the connection itself. */
  readonly streamId: number;
  /** Milliseconds; taken modulo 2^32. */
  readonly timestamp: number;
  readonly body: Uint8Array;
};

/** What both sides use until one says otherwise, §5.4.1. */
export const FIRST_CHUNK_SIZE = 128;
