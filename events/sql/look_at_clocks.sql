-- What the database's clock says, and when the newest event of any practice was recorded.
-- $1: the machine's clock. $2: how far two clocks may be apart.
-- An event that lies ahead of both clocks was dated by a wrong clock, as long as there is another.
SELECT
  clock_timestamp() AS database_now,
  (
    SELECT coalesce(
      max(h.recorded_at) FILTER (
        WHERE h.recorded_at <= greatest(clock_timestamp(), $1::timestamptz) + $2::interval
      ),
      max(h.recorded_at)
    )
    FROM practice_log h
    WHERE h.recorded_at > '-infinity'
  ) AS floor
