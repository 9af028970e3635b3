SELECT pg_advisory_unlock(hashtextextended($1::uuid::text || $2::uuid::text, 0))
