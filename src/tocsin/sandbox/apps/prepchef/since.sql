-- What was booked since the backup of 2025-01-20 03:00 UTC.
INSERT INTO bookings (kitchen_id, guest, amount_cents, start_time, end_time, created_at)
SELECT 1 + n % 60, 'guest-' || n, 4200, at + interval '3 days', at + interval '3 days 4 hours', at
FROM (SELECT n, timestamptz '2025-01-20 03:00Z' + n * interval '16 minutes' AS at FROM generate_series(1, 120) AS n) AS days;
