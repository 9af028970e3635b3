"""The addresses of the API, a module for each word in their paths."""
