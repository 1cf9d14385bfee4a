// SPDX-License-Identifier: MIT
// What programs of node do with a system: the event loop, workers, children, files, sockets.
"use strict";
const assert = require("assert");
const child_process = require("child_process");
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");
const zlib = require("zlib");
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");

if (!isMainThread) {
  const shared = new Int32Array(workerData);
  for (let i = 0; i < 10000; i++) Atomics.add(shared, 0, 1);
  parentPort.postMessage("done");
} else {
  const tests = {
    async "the event loop keeps its order"() {
      const order = [];
      await new Promise((resolve) => {
        setTimeout(() => { order.push("timeout"); resolve(); }, 20);
        setImmediate(() => order.push("immediate"));
        process.nextTick(() => order.push("tick"));
        Promise.resolve().then(() => order.push("promise"));
      });
      assert.deepStrictEqual(order, ["tick", "promise", "immediate", "timeout"]);
    },
    async "workers share memory"() {
      const shared = new SharedArrayBuffer(4);
      await Promise.all([1, 2, 3, 4].map(() => new Promise((resolve, reject) => {
        new Worker(__filename, { workerData: shared }).on("exit", resolve).on("error", reject);
      })));
      assert.strictEqual(new Int32Array(shared)[0], 40000);
    },
    async "children talk by pipes and messages"() {
      assert.strictEqual(child_process.execFileSync("sh", ["-c", "cat; echo $0"], { input: "in " }).toString(), "in sh\n");
      const code = "process.on('message', (m) => { process.send(m * 2); process.disconnect(); })";
      const child = child_process.spawn(process.execPath, ["-e", code], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      const answer = new Promise((resolve) => child.once("message", resolve));
      child.send(21);
      assert.strictEqual(await answer, 42);
      assert.strictEqual(await new Promise((resolve) => child.once("exit", resolve)), 0);
    },
    async "a child is killed"() {
      const child = child_process.spawn("sleep", ["100"]);
      child.kill("SIGTERM");
      assert.deepStrictEqual(await new Promise((resolve) => child.once("exit", (...end) => resolve(end))), [null, "SIGTERM"]);
    },
    async "files are written, watched, copied and removed"() {
      const place = fs.mkdtempSync(path.join(os.tmpdir(), "suite-"));
      const file = path.join(place, "words");
      const seen = new Promise((resolve) => { const watcher = fs.watch(place, () => { watcher.close(); resolve(); }); });
      await fs.promises.writeFile(file, "words");
      await seen;
      await fs.promises.copyFile(file, file + "2");
      fs.symlinkSync(file, file + "3");
      assert.strictEqual(fs.readFileSync(file + "3", "utf8"), "words");
      assert.strictEqual((await fs.promises.readdir(place)).length, 3);
      await new Promise((resolve, reject) => fs.createReadStream(file).pipe(zlib.createGzip())
        .pipe(fs.createWriteStream(file + ".gz")).on("finish", resolve).on("error", reject));
      assert.strictEqual(zlib.gunzipSync(fs.readFileSync(file + ".gz")).toString(), "words");
      fs.rmSync(place, { recursive: true });
    },
    async "a server answers on loopback"() {
      const server = http.createServer((request, response) => response.end(request.url));
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      const there = { host: "127.0.0.1", port: server.address().port, path: "/words" };
      const said = await new Promise((resolve, reject) => http.get(there, (response) => {
        let text = "";
        response.on("data", (part) => { text += part; }).on("end", () => resolve(text));
      }).on("error", reject));
      server.close();
      assert.strictEqual(said, "/words");
    },
    async "the machine is told"() {
      assert.ok(os.cpus().length >= 1 && os.totalmem() > 0 && os.uptime() > 0);
      assert.ok(process.memoryUsage().rss > 0 && process.hrtime.bigint() > 0n);
    },
  };
  (async () => {
    for (const [name, test] of Object.entries(tests)) {
      await test();
      console.log(`ran: ${name}`);
    }
    console.log(`node ${process.version}: ${Object.keys(tests).length} passed`);
  })().catch((error) => { console.error(error); process.exit(1); });
}
