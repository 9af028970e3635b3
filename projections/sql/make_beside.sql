SELECT views.make_beside($1)
