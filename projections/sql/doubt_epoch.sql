-- $1 the epoch whose end was lost.
SELECT doubt_epoch($1)
