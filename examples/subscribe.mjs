// node subscribe.mjs [ENDPOINT [PROTO_DIR]]: prints where the vehicle is, for as long as it is allowed to.
// Needs the npm packages zeromq and protobufjs; PROTO_DIR holds posed.proto and posed_fault.proto, or is
// wire/ of a source tree that ./demo has built.
import { existsSync } from "node:fs";
import protobuf from "protobufjs";
import { Subscriber } from "zeromq";

const [endpoint = "ipc:///run/posed/poses", protoDir = "/usr/share/posed"] = process.argv.slice(2);
const root = new protobuf.Root();
const places = [protoDir, `${protoDir}/../build/wire`];
root.resolvePath = (origin, target) => places.map((p) => `${p}/${target}`).find(existsSync) ?? target;
await root.load("posed.proto", { keepCase: true });
const [Pose, Status] = ["PoseEstimate", "Status"].map((name) => root.lookupType(`posed.v1.${name}`));
const modes = root.lookupEnum("posed.v1.Mode").valuesById;

const socket = new Subscriber();
socket.connect(endpoint);
socket.subscribe("posed/v1/pose", "posed/v1/status");
let known = false; // no pose is read before a status has told the version of the interface
for await (const [topic, payload] of socket) {
  if (topic.toString() === "posed/v1/status") known = Status.decode(payload).protocol === 1;
  if (topic.toString() !== "posed/v1/pose" || !known) continue;
  const p = Pose.decode(payload);
  const mode = modes[p.mode].replace("MODE_", "");
  const now = BigInt(Date.now()) * 1000000n; // times have more digits than a number can hold
  if (p.usable && now < BigInt(p.expires_ns.toString())) {
    const id = p.lane_id.toString(); // on a map
    const lane = id === "0" ? "" : `, lane ${id} with ${(100 * p.lane_probability).toFixed(0)} %`;
    console.log(`${mode} ${p.latitude_deg.toFixed(7)} ${p.longitude_deg.toFixed(7)} deg,`,
                `heading ${p.heading_rad.toFixed(3)} rad${lane}`);
  } else {
    console.log(`${mode}: do not use`);
  }
}
