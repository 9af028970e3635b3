-- A lock of the session: it is free again as soon as its holder is gone, however it went.
SELECT pg_try_advisory_lock(hashtextextended($1::uuid::text || $2::uuid::text, 0))
