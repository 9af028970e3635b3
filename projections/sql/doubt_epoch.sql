SELECT doubt_epoch($1)
