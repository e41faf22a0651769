// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with undici, the fastest HTTP client of Node.js: a connection for each concurrent call.
'use strict';
const fs = require('fs');
const { Pool } = require('undici');

if (process.argv[2] === '--is-there') process.exit(0);
const [host, port, caFile, mode, concurrency, calls] = process.argv.slice(2);
const ID = '6e1cf0db-52d7-4522-97c9-97aa40b14058';
const DEADLINE = 60e3;
const MAX_ANSWER = 16 * 1024 * 1024;
const posts = mode === 'post';

const pool = new Pool(`https://${host}:${port}`, {
  connections: Number(concurrency), pipelining: 1, headersTimeout: DEADLINE, bodyTimeout: DEADLINE,
  maxResponseSize: MAX_ANSWER, connect: { ca: fs.readFileSync(caFile), timeout: 10e3 },
});
const headers = {
  authorization: 'Bearer benchmark-token', 'user-agent': 'intheloop-cpp/0.1.0', accept: 'application/json',
  ...(posts && { 'content-type': 'application/json' }),
};

async function call() {
  const response = await pool.request({
    method: posts ? 'POST' : 'GET', headers,
    path: posts ? '/api/v1/report/export' : `/api/v1/report/exports/${ID}`,
    body: posts ? JSON.stringify({ start: 1793491200, end: 1794096000 }) : undefined,
  });
  const answer = await response.body.json();
  if (response.statusCode !== 200 || answer.id !== ID || answer.status !== 'Completed') throw new Error('a wrong answer');
}

// How long calls took, to 0.4 %, in nanoseconds. Its size does not depend on their number: it would count as memory.
class Latencies {
  static parts = 128;
  calls = 0;
  counts = new Uint32Array(40 * Latencies.parts);
  push(nanoseconds) {
    const index = Math.floor(Math.log2(Math.max(nanoseconds, 1)) * Latencies.parts);
    ++this.counts[Math.min(index, this.counts.length - 1)];
    ++this.calls;
  }
  // In microseconds.
  at(quantile) {
    let left = Math.min(Math.floor(quantile * this.calls), this.calls - 1);
    const index = this.counts.findIndex((count) => (left -= count) < 0);
    return 2 ** ((index + 0.5) / Latencies.parts) / 1e3;
  }
}

async function callInTurn(times, count) {
  for (let i = 0; i < count; ++i) {
    const began = process.hrtime.bigint();
    await call();
    times.push(Number(process.hrtime.bigint() - began));
  }
}

const allCalls = (times, each) => Promise.all(Array.from({ length: Number(concurrency) }, () => callInTurn(times, each)));

// In KiB.
const peakMemory = () => Number(fs.readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1]);

async function main() {
  await allCalls([], 2 + Math.floor(200 / concurrency));
  const times = new Latencies();
  const cpuBefore = process.cpuUsage();
  const began = process.hrtime.bigint();
  await allCalls(times, Math.max(1, Math.floor(calls / concurrency)));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const cpu = process.cpuUsage(cpuBefore);
  console.log(JSON.stringify({
    calls: times.calls, calls_per_second: times.calls / seconds, cpu_us_per_call: (cpu.user + cpu.system) / times.calls,
    p50_us: times.at(0.5), p99_us: times.at(0.99), p99_9_us: times.at(0.999), max_rss_kib: peakMemory(),
  }));
  await pool.destroy();
}

main();
