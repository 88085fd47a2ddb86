"""`python -m service.cli` is the command `probewise`."""

from service.cli import main

main()
