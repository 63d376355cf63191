/**
 * TFRecord framing: the length of the data [8 bytes], its masked CRC32C [4], the data, their masked CRC32C [4], all little-endian.
 * Source: tensorflow/core/lib/io/record_writer.h.
 */
export function frame(data: Uint8Array): Buffer {
  const record = Buffer.alloc(12 + data.length + 4)
  record.writeBigUInt64LE(BigInt(data.length))
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8)
  record.set(data, 12)
  record.writeUInt32LE(maskedCrc(data), 12 + data.length)
  return record
}

/** The data of each whole record, up to the first that is cut short or damaged. */
export function* readRecords(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + 16 <= bytes.length; ) {
    const header = bytes.subarray(at, at + 8)
    const length = Number(header.readBigUInt64LE())
    const end = at + 12 + length
    if (bytes.readUInt32LE(at + 8) !== maskedCrc(header) || end + 4 > bytes.length) return
    const data = bytes.subarray(at + 12, end)
    if (bytes.readUInt32LE(end) !== maskedCrc(data)) return
    yield data
    at = end + 4
  }
}

/** CRC-32C (Castagnoli), unsigned. Source: RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})
