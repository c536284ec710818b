CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chef text NOT NULL,
    guest text NOT NULL,
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    status text NOT NULL,
    created_at timestamptz NOT NULL
);
INSERT INTO bookings (chef, guest, amount_cents, status, created_at)
SELECT 'chef-' || n % 12, 'guest-' || n % 140, 2500 + n * 37 % 9000,
       CASE WHEN n % 9 = 0 THEN 'cancelled' ELSE 'confirmed' END,
       timestamptz '2025-10-01 00:00Z' + n * interval '11 minutes'
FROM generate_series(1, 400) AS n;

CREATE TABLE stripe_webhook_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text UNIQUE,
    event_type text NOT NULL,
    status text NOT NULL,
    error_message text,
    attempts integer NOT NULL DEFAULT 0,
    payload text,
    signature text,
    created_at timestamptz NOT NULL
);
INSERT INTO stripe_webhook_events (event_type, status, attempts, created_at)
SELECT 'payment_intent.succeeded', 'processed', 1, now() - n * interval '7 minutes'
FROM generate_series(1, 60) AS n;

CREATE TABLE payments (
    event_id text PRIMARY KEY,
    amount_cents integer NOT NULL CHECK (amount_cents > 0)
);
