SELECT views.analyze_beside($1)
