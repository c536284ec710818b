'use strict';
// The drill application: small, but its health is real. /health asks the database and says 503 when it
// cannot answer. What a drill breaks it with: /leak keeps memory, /leakconn keeps a connection, /crash ends
// the process (PM2 restarts it), /report computes for as long as the file `.busy` is there.
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const v8 = require('node:v8');
const { Pool } = require('pg');
const { Events } = require('./events');

const LEAK_BYTES = 10 * 1024 * 1024;
const BODY_BYTES = 256 * 1024;
const CHEFS = Array.from({ length: 12 }, (_, n) => `chef-${n}`);

const port = Number(process.env.PORT || 3000);
// More than the database has to give: the defect behind "Database Connection Issues".
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  application_name: 'cookcam-api',
  max: 40,
  connectionTimeoutMillis: 2000,
  query_timeout: 2000,
});
// A database that goes away ends idle connections; without a listener that would end us as well.
pool.on('error', (error) => console.error('database: %s', error.message));
const events = new Events(pool, process.env.STRIPE_WEBHOOK_SECRET || '');
const keptMemory = [];
const keptClients = [];

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body) + '\n');
}

function unavailable(response, what, error) {
  console.error('%s: %s', what, error.message);
  answer(response, 503, { status: 'unavailable', database: error.message });
}

async function health(_request, response) {
  const began = process.hrtime.bigint();
  const { rows } = await pool.query('SELECT count(*)::int AS bookings FROM bookings');
  const ms = Number(process.hrtime.bigint() - began) / 1e6;
  answer(response, 200, { status: 'ok', bookings: rows[0].bookings, database_ms: Math.round(ms) });
}

// The runbook's second question: is every payment event of the last hour processed?
async function reconciliation(_request, response) {
  const failed = await events.failed();
  answer(response, failed ? 503 : 200, { status: failed ? 'failing' : 'ok', failed_events: failed });
}

async function book(_request, response) {
  const { rows } = await pool.query(
    "INSERT INTO bookings (chef, guest, amount_cents, status, created_at) VALUES ('chef-1', 'drill', 4200, 'confirmed', now()) RETURNING id",
  );
  answer(response, 201, { status: 'ok', id: rows[0].id });
}

async function webhook(request, response) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
    if (chunks.reduce((sum, one) => sum + one.length, 0) > BODY_BYTES) {
      return answer(response, 413, { status: 'too large' });
    }
  }
  const done = await events.receive(Buffer.concat(chunks).toString('utf8'), request.headers['stripe-signature'] || '');
  return answer(response, done.ok ? 200 : 400, done);
}

function leak(_request, response) {
  keptMemory.push(Buffer.alloc(LEAK_BYTES, 1));
  answer(response, 200, { status: 'leaked', kept_mb: keptMemory.length * 10 });
}

// As a handler does that takes a client, begins, and returns early without giving it back.
async function leakConnection(_request, response) {
  const client = await pool.connect();
  client.on('error', (error) => console.error('database: %s', error.message));
  keptClients.push(client);
  await client.query('BEGIN');
  answer(response, 200, { status: 'leaked', kept: keptClients.length });
}

function crash(_request, response) {
  response.on('close', () => process.exit(1));
  answer(response, 500, { status: 'crashing' });
}

// Blocks the whole process without using the processor, so that a drill is the same on every machine.
function report(_request, response) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (fs.existsSync(path.join(__dirname, '.busy'))) Atomics.wait(cell, 0, 0, 20);
  answer(response, 200, { status: 'ok', pid: process.pid });
}

const ROUTES = {
  'GET /health': health,
  'GET /api/v1/reconciliation/health': reconciliation,
  'GET /api/v1/chefs': (_request, response) => answer(response, 200, CHEFS),
  'POST /api/v1/bookings': book,
  'GET /report': report,
  'POST /webhook': webhook,
  'GET /leak': leak,
  'GET /leakconn': leakConnection,
  'GET /crash': crash,
};

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = ROUTES[`${method} ${pathname}`];
  if (!route) return answer(response, 404, { status: 'not found' });
  return Promise.resolve(route(request, response)).catch((error) => unavailable(response, pathname, error));
});

// What @pm2/io does for `pm2 trigger cookcam-api heapdump`. Off unless asked for: most applications have none.
if (process.env.HEAPDUMP_ACTION === '1' && process.send) {
  process.send({ type: 'axm:action', data: { action_name: 'heapdump', opts: null, arity: 1 } });
  process.on('message', (message) => {
    if ((message.msg || message) !== 'heapdump') return;
    const written = v8.writeHeapSnapshot();
    process.send({ type: 'axm:reply', data: { return: { written }, action_name: 'heapdump' } });
  });
}

server.listen(port, '127.0.0.1', () => console.log('cookcam-api listens on %d', port));
events.resume().catch((error) => console.error('events: %s', error.message));
process.on('SIGINT', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
