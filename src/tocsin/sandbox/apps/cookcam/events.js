'use strict';
// Stripe's events: stored as they come, processed once, and again after a restart if they are marked 'received'.
const crypto = require('node:crypto');

const INSERT = `
INSERT INTO stripe_webhook_events (event_id, event_type, status, payload, signature, created_at)
VALUES ($1, $2, 'received', $3, $4, now())
ON CONFLICT (event_id) DO UPDATE SET signature = excluded.signature,
  status = CASE WHEN stripe_webhook_events.status = 'processed' THEN 'processed' ELSE 'received' END`;
// Only one process of several takes a row.
const TAKE = `
SELECT id, event_id, event_type, payload, signature FROM stripe_webhook_events
WHERE status = 'received' AND ($1::text IS NULL OR event_id = $1) ORDER BY id FOR UPDATE SKIP LOCKED`;

function signed(payload, header, secret) {
  const parts = header.split(',').map((part) => part.split('='));
  const at = parts.find(([name]) => name === 't')?.[1] || '';
  const expected = crypto.createHmac('sha256', secret).update(`${at}.${payload}`).digest();
  return parts.some(([name, value]) => {
    const given = Buffer.from(name === 'v1' && value ? value : '', 'hex');
    return given.length === expected.length && crypto.timingSafeEqual(given, expected);
  });
}

class Events {
  constructor(pool, secret) {
    this.pool = pool;
    this.secret = secret;
  }

  /** Events of the last hour that failed: the same hour that the runbook looks at. */
  async failed() {
    const { rows } = await this.pool.query(
      "SELECT count(*)::int AS failed FROM stripe_webhook_events WHERE status = 'failed' AND created_at > now() - interval '1 hour'",
    );
    return rows[0].failed;
  }

  /** Store and process one delivery. */
  async receive(payload, signature) {
    let event;
    try {
      event = JSON.parse(payload);
    } catch {
      return { ok: false, error: 'not JSON' };
    }
    await this.pool.query(INSERT, [event.id, event.type, payload, signature]);
    await this.take(event.id);
    const { rows } = await this.pool.query(
      'SELECT status, error_message FROM stripe_webhook_events WHERE event_id = $1',
      [event.id],
    );
    return { ok: rows[0].status === 'processed', status: rows[0].status, error: rows[0].error_message };
  }

  /** What was waiting when we started. */
  async resume() {
    const taken = await this.take(null);
    if (taken) console.log('events: %d processed again', taken);
  }

  async take(eventId) {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query(TAKE, [eventId]);
      for (const row of rows) await this.process(client, row);
      await client.query('COMMIT');
      return rows.length;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }

  async process(client, row) {
    const problem = signed(row.payload || '', row.signature || '', this.secret)
      ? null
      : 'No signatures found matching the expected signature for payload';
    if (problem === null && row.event_type === 'payment_intent.succeeded') {
      const { amount } = JSON.parse(row.payload).data.object;
      await client.query(
        'INSERT INTO payments (event_id, amount_cents) VALUES ($1, $2) ON CONFLICT (event_id) DO NOTHING',
        [row.event_id, amount],
      );
    }
    await client.query(
      'UPDATE stripe_webhook_events SET status = $2, error_message = $3, attempts = attempts + 1 WHERE id = $1',
      [row.id, problem === null ? 'processed' : 'failed', problem],
    );
  }
}

module.exports = { Events };
