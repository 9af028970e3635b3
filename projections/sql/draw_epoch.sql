-- $1 whether the log is as it was restored, so that it agrees with the epoch before up to its end.
SELECT draw_epoch($1)
