import { BufferSource, EncodedPacketSink, Input, MP4 } from 'mediabunny';

/** What another program reads from an encrypted file with this key. */
export async function decryptedPackets(file: Uint8Array, key: Uint8Array): Promise<readonly Uint8Array[]> {
  using input = new Input({
    source: new BufferSource(file),
    formats: [MP4],
    formatOptions: { isobmff: { resolveKeyId: () => Buffer.from(key).toString('hex') } },
  });
  const [track] = await input.getTracks();
  const packets: Uint8Array[] = [];
  for await (const packet of new EncodedPacketSink(track!).packets()) {
    packets.push(packet.data);
  }
  return packets;
}
