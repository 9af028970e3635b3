"""`python -m service`: the command line, for the supervisor's children."""

from service.cli import main

main()
