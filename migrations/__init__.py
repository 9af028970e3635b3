"""The database's schema, as numbered SQL files that only ever go forward."""
