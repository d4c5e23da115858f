/**
 * The bytes of an ArrayBuffer, of a view or of a Blob, as they are now: whoever sent them may write to their memory
 * while they wait for a connection, and no browser sends memory that is shared. Throws where they were given away.
 */
export function copied(bytes) {
  const isView = ArrayBuffer.isView(bytes)
  if (!isView && !(bytes instanceof ArrayBuffer)) return bytes // Nobody can change a Blob.
  return (isView ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)).slice()
}
