'use strict';
// PrepChef in one file: each service (node-api, payments-svc, frontend, python-compliance) is this program with another
// SERVICE. Its answers depend on what production depends on: the database, the switch for payments, the key of Stripe.
const http = require('node:http');
const https = require('node:https');
const { Pool } = require('pg');

const { SERVICE = 'node-api', HOST = '127.0.0.1', DATABASE_URL, STRIPE_API_BASE } = process.env;
const port = Number(process.env.PORT || 3000);
const cities = new Map([
  ['san-francisco', ['food handler card', 'cottage food permit', 'home kitchen inspection']],
  ['joshua-tree', ['food handler card', 'county health permit']],
]);

const pool = DATABASE_URL && new Pool({
  connectionString: DATABASE_URL,
  application_name: SERVICE,
  max: 3,
  idleTimeoutMillis: 0,
  connectionTimeoutMillis: 2000,
  query_timeout: 4000,
});
// A database that goes away ends idle connections; without a listener that would end us as well.
if (pool) pool.on('error', (error) => console.error('ERROR database: %s', error.message));

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ service: SERVICE, ...body }) + '\n');
}

async function health(response) {
  if (!pool) return answer(response, 200, { status: 'ok' });
  let client;
  try {
    client = await pool.connect();
    const { rows } = await client.query('SELECT count(*)::int AS bookings FROM bookings');
    return answer(response, 200, { status: 'ok', bookings: rows[0].bookings });
  } catch (error) {
    console.error('ERROR health: %s', error.message);
    return answer(response, 503, { status: 'unavailable', database: error.message });
  } finally {
    // A statement that failed is no reason to give up the connection: it stays in the pool.
    if (client) client.release();
  }
}

// What Stripe says about our key: its balance is asked, nobody is charged.
function stripe() {
  return new Promise((resolve) => {
    const client = STRIPE_API_BASE.startsWith('https:') ? https : http;
    const headers = { authorization: `Bearer ${process.env.STRIPE_SECRET_KEY}` };
    const asked = client.get(`${STRIPE_API_BASE}/v1/balance`, { headers, timeout: 2000 }, (reply) => {
      reply.resume();
      reply.on('end', () => resolve(reply.statusCode));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(0));
  });
}

async function payments(response) {
  if (process.env.PAYMENTS_ENABLED === 'false') {
    return answer(response, 503, { status: 'Payments temporarily disabled' });
  }
  const status = STRIPE_API_BASE ? await stripe() : 200;
  if (status !== 200) console.error('ERROR payments: Stripe answered %d', status);
  return answer(response, status === 200 ? 200 : 502, { status: status === 200 ? 'accepted' : 'refused', stripe: status });
}

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [, first, slug, what, more] = pathname.split('/');
  if (pathname === '/health') return health(response);
  if (pathname === '/api/payments') return payments(response);
  if (pathname === '/') return answer(response, 200, { name: 'PrepChef', message: process.env.MAINTENANCE_MESSAGE || '' });
  if (first === 'city' && what === 'requirements' && cities.has(slug)) {
    const requirements = cities.get(slug);
    if (more === undefined) return answer(response, 200, { city: slug, requirements });
    if (more === 'estimate') return answer(response, 200, { city: slug, days: 7 * requirements.length });
  }
  return answer(response, 404, { status: 'not found' });
});

server.listen(port, HOST, () => console.log('%s listens on %s:%d', SERVICE, HOST, port));
const end = () => server.close(() => process.exit(0)) && server.closeAllConnections();
process.on('SIGTERM', end);
process.on('SIGINT', end);
