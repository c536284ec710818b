CREATE TABLE kitchens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL
);
INSERT INTO kitchens (name, city)
SELECT 'kitchen ' || n, CASE WHEN n % 3 = 0 THEN 'joshua-tree' ELSE 'san-francisco' END FROM generate_series(1, 60) AS n;

CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kitchen_id bigint NOT NULL REFERENCES kitchens (id),
    guest text NOT NULL,
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
INSERT INTO bookings (kitchen_id, guest, amount_cents, start_time, end_time, created_at)
SELECT 1 + n % 60, 'guest-' || n % 1400, 2500 + n * 37 % 9000, at + interval '3 days', at + interval '3 days 4 hours', at
FROM (SELECT n, timestamptz '2024-06-01 00:00Z' + n * interval '16 minutes' AS at FROM generate_series(1, 20000) AS n) AS days;

CREATE TABLE payouts (
    payout_id text PRIMARY KEY,
    amount_cents bigint NOT NULL,
    currency text NOT NULL,
    paid_on date NOT NULL
);
INSERT INTO payouts
SELECT 'po_' || day || '_' || n, 10000 + n * 731 % 9000, 'USD', (timestamptz '2025-01-01 00:00Z' + day * interval '1 day')::date
FROM generate_series(0, 20) AS day, generate_series(1, 40) AS n;
