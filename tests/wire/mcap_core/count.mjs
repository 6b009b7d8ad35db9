// Counts the messages of FILE with both official readers, every CRC checked, and prints "TOPIC COUNT" lines. Exit 1
// when they disagree or refuse the file.
//   node count.mjs FILE
import * as zstd from "@foxglove/wasm-zstd";
import { McapIndexedReader, McapStreamReader } from "@mcap/core";
import assert from "node:assert/strict";
import fs from "node:fs";

const decompressHandlers = { zstd: (data, size) => new Uint8Array(zstd.decompress(data, Number(size))) };

function countStream(bytes) {
  const reader = new McapStreamReader({ validateCrcs: true, decompressHandlers });
  reader.append(bytes);
  const topics = new Map();
  const counts = new Map();
  for (let record; (record = reader.nextRecord()); ) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type !== "Message") continue;
    const topic = topics.get(record.channelId);
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  assert.ok(reader.done());
  return counts;
}

async function countIndexed(bytes) {
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (offset, length) => bytes.subarray(Number(offset), Number(offset + length)),
  };
  const reader = await McapIndexedReader.Initialize({ readable, decompressHandlers });
  const counts = new Map();
  for await (const message of reader.readMessages({ validateCrcs: true })) {
    const topic = reader.channelsById.get(message.channelId).topic;
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  return counts;
}

await zstd.isLoaded;
const bytes = new Uint8Array(fs.readFileSync(process.argv[2]));
const stream = [...countStream(bytes)].sort();
assert.deepEqual([...(await countIndexed(bytes))].sort(), stream);
for (const [topic, count] of stream) console.log(topic, count);
