// Reads and writes the file that tests/wire/mcap_peer.c writes and reads, with the official library.
//   node cross_check.mjs read FILE    exit 0 when all of it is there, every CRC checked
//   node cross_check.mjs reject FILE  exit 0 when the library refuses a chunk (CRC or compression)
//   node cross_check.mjs write FILE none|zstd|lz4
import decompressLz4 from "@foxglove/wasm-lz4";
import * as zstd from "@foxglove/wasm-zstd";
import { McapIndexedReader, McapStreamReader, McapWriter } from "@mcap/core";
import lz4 from "lz4js";
import assert from "node:assert/strict";
import fs from "node:fs";

const MESSAGES = 3000;
const text = (s) => new TextEncoder().encode(s);

// The same rule as in mcap_peer.c: neighbours are swapped in time.
function message(i) {
  const size = (i * 7) % 50;
  const logTime = 1700000000000000000n + 1000000n * BigInt(i ^ 1);
  return {
    sequence: i,
    logTime,
    publishTime: logTime - 5n,
    data: Uint8Array.from({ length: size }, (_, k) => (i + 3 * k) & 255),
  };
}
const channels = [
  { topic: "with/schema", messageEncoding: "protobuf", metadata: new Map() },
  { topic: "without/schema", messageEncoding: "json", metadata: new Map() },
];
const schema = { name: "Thing", encoding: "protobuf", data: text("descriptor") };
const attachment = {
  name: "config.yaml",
  mediaType: "application/yaml",
  logTime: 7n,
  createTime: 0n,
  data: text("a: 1\n"),
};
const metadata = { name: "origin", metadata: new Map([["from", "test"], ["more", ""]]) };

const decompressHandlers = {
  zstd: (data, size) => new Uint8Array(zstd.decompress(data, Number(size))),
  lz4: (data, size) => new Uint8Array(decompressLz4(data, Number(size))),
};
const compressors = {
  none: undefined,
  zstd: (data) => ({ compression: "zstd", compressedData: new Uint8Array(zstd.compress(data, 3)) }),
  lz4: (data) => ({ compression: "lz4", compressedData: Uint8Array.from(lz4.compress(data)) }),
};

function checkMessage(record, channel, i) {
  const { type, channelId, ...found } = record;
  assert.equal(type, "Message");
  assert.deepEqual(found, message(i));
  assert.equal(channel.id, channelId);
  assert.equal(channel.topic, channels[i % 2].topic);
  assert.equal(channel.messageEncoding, channels[i % 2].messageEncoding);
}

function checkOther(counts) {
  assert.equal(counts.messages, MESSAGES);
  assert.equal(counts.attachments, 1);
  assert.equal(counts.metadata, 1);
}

function checkAttachment(record) {
  const { type, ...found } = record;
  assert.deepEqual(found, attachment);
}

function checkMetadata(record) {
  const { type, ...found } = record;
  assert.deepEqual(found, metadata);
}

function readStream(bytes) {
  const reader = new McapStreamReader({ validateCrcs: true, includeChunks: true, decompressHandlers });
  reader.append(bytes);
  const counts = { messages: 0, attachments: 0, metadata: 0, chunks: 0 };
  const seen = new Map();
  for (let record; (record = reader.nextRecord()); ) {
    if (record.type === "Channel") seen.set(record.id, record);
    else if (record.type === "Message") checkMessage(record, seen.get(record.channelId), counts.messages++);
    else if (record.type === "Attachment") (checkAttachment(record), counts.attachments++);
    else if (record.type === "Metadata") (checkMetadata(record), counts.metadata++);
    else if (record.type === "Chunk") counts.chunks++;
  }
  assert.ok(reader.done());
  checkOther(counts);
  return counts.chunks;
}

async function readIndexed(bytes) {
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (offset, length) => bytes.subarray(Number(offset), Number(offset + length)),
  };
  const reader = await McapIndexedReader.Initialize({ readable, decompressHandlers });
  const counts = { messages: 0, attachments: 0, metadata: 0 };
  // By time: the swapped neighbours come back in order.
  for await (const record of reader.readMessages({ validateCrcs: true }))
    checkMessage(record, reader.channelsById.get(record.channelId), counts.messages++ ^ 1);
  for await (const record of reader.readAttachments({ validateCrcs: true }))
    (checkAttachment(record), counts.attachments++);
  for await (const record of reader.readMetadata()) (checkMetadata(record), counts.metadata++);
  checkOther(counts);
  const { type, id, ...foundSchema } = [...reader.schemasById.values()][0];
  assert.deepEqual(foundSchema, schema);
  assert.equal(reader.statistics.messageCount, BigInt(MESSAGES));
  assert.equal(reader.statistics.chunkCount, reader.chunkIndexes.length);
  assert.deepEqual([...reader.statistics.channelMessageCounts.values()], [BigInt(MESSAGES / 2), BigInt(MESSAGES / 2)]);
  return reader.chunkIndexes.length;
}

async function read(path) {
  const bytes = new Uint8Array(fs.readFileSync(path));
  const chunks = readStream(bytes);
  assert.equal(await readIndexed(bytes), chunks);
  assert.ok(chunks > 3);
  console.log(`${path}: the official readers find ${MESSAGES} messages in ${chunks} chunks, all CRCs right`);
}

async function write(path, compression) {
  const file = fs.openSync(path, "w");
  let position = 0n;
  const writable = {
    position: () => position,
    write: async (data) => {
      fs.writeSync(file, data);
      position += BigInt(data.length);
    },
  };
  const writer = new McapWriter({ writable, chunkSize: 8192, compressChunk: compressors[compression] });
  await writer.start({ profile: "test", library: "cross check" });
  const schemaId = await writer.registerSchema(schema);
  const ids = [];
  for (const [i, channel] of channels.entries())
    ids.push(await writer.registerChannel({ ...channel, schemaId: i === 0 ? schemaId : 0 }));
  for (let i = 0; i < MESSAGES; i++) {
    await writer.addMessage({ channelId: ids[i % 2], ...message(i) });
    if (i === MESSAGES / 2) await writer.addAttachment(attachment);
    if (i === MESSAGES / 2) await writer.addMetadata(metadata);
  }
  await writer.end();
  fs.closeSync(file);
}

await zstd.isLoaded;
await decompressLz4.isLoaded;
const [mode, path, compression] = process.argv.slice(2);
if (mode === "read") await read(path);
else if (mode === "reject")
  await assert.rejects(read(path), (error) => !(error instanceof assert.AssertionError) && /crc|decompress|lz4/i.test(error.message));
else if (mode === "write") await write(path, compression);
else process.exit(2);
