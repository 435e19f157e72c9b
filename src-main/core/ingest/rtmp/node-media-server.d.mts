/** The one file of node-media-server that is used, as far as the guard uses it (version 4.4.3). */
declare module 'node-media-server/src/protocol/rtmp.js' {
  type RtmpHeader = {
    fmt: number;
    cid: number;
    /** As in the chunk header: absolute or a step. */
    timestamp: number;
    length: number;
    type: number;
    stream_id: number;
  };

  type RtmpPacket = {
    header: RtmpHeader;
    /** Absolute milliseconds. */
    clock: number;
    payload: Buffer;
    capacity: number;
    /** How much of the payload is there. */
    bytes: number;
  };

  class Rtmp {
    /** The two halves of one chunk's header so far. */
    parserBuffer: Buffer;
    parserBasicBytes: number;
    parserPacket: RtmpPacket;
    handshakeState: number;
    inPackets: Map<number, RtmpPacket>;
    inChunkSize: number;
    outChunkSize: number;
    onOutputCallback: (buffer: Buffer) => void;

    parserData(buffer: Buffer): string | null;
    chunkMessageHeaderRead(): number;
    sendACK(size: number): void;
    sendWindowACK(size: number): void;
    setPeerBandwidth(size: number, type: number): void;
    setChunkSize(size: number): void;
    sendStreamStatus(event: number, streamId: number): void;

    /** A chunk's header is complete. */
    packetParse(): void;
    /** A message begins; its header is known. */
    packetAlloc(): void;
    /** A message is complete. */
    packetHandler(): void;

    static chunksCreate(packet: { readonly header: RtmpHeader; readonly payload: Buffer }): Buffer;
  }
  export = Rtmp;
}
