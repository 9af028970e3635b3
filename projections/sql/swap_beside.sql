SELECT views.swap_beside($1)
