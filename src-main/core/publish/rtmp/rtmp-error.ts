/** The server sent what is not RTMP. Never leaves the part: the connection fails with it as its cause. */
export class RtmpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RtmpError';
  }
}
