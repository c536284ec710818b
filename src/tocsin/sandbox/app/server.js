'use strict';
// The drill application: small, but its health is real. /health asks the database and says 503 when it
// cannot answer; /crash ends the process, which PM2 then restarts.
const http = require('node:http');
const { Pool } = require('pg');

const port = Number(process.env.PORT || 3000);
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  application_name: 'cookcam-api',
  max: 3,
  connectionTimeoutMillis: 2000,
  query_timeout: 2000,
});
// A database that goes away ends idle connections; without a listener that would end us as well.
pool.on('error', (error) => console.error('database: %s', error.message));

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body) + '\n');
}

async function health(response) {
  const began = process.hrtime.bigint();
  try {
    const { rows } = await pool.query('SELECT count(*)::int AS bookings FROM bookings');
    const ms = Number(process.hrtime.bigint() - began) / 1e6;
    answer(response, 200, { status: 'ok', bookings: rows[0].bookings, database_ms: Math.round(ms) });
  } catch (error) {
    console.error('health: %s', error.message);
    answer(response, 503, { status: 'unavailable', database: error.message });
  }
}

// The runbook's second question: is every payment event of the last hour processed?
async function reconciliation(response) {
  try {
    const { rows } = await pool.query(
      "SELECT count(*)::int AS failed FROM stripe_webhook_events WHERE status = 'failed' AND created_at > now() - interval '1 hour'",
    );
    const failed = rows[0].failed;
    answer(response, failed ? 503 : 200, { status: failed ? 'failing' : 'ok', failed_events: failed });
  } catch (error) {
    console.error('reconciliation: %s', error.message);
    answer(response, 503, { status: 'unavailable', database: error.message });
  }
}

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  switch (pathname) {
    case '/health':
      return health(response);
    case '/api/v1/reconciliation/health':
      return reconciliation(response);
    case '/crash':
      response.on('close', () => process.exit(1));
      return answer(response, 500, { status: 'crashing' });
    default:
      return answer(response, 404, { status: 'not found' });
  }
});

server.listen(port, '127.0.0.1', () => console.log('cookcam-api listens on %d', port));
process.on('SIGINT', () => server.close(() => pool.end().then(() => process.exit(0))));
