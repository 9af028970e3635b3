SELECT draw_epoch($1)
