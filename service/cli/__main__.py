"""`python -m service.cli` is the command `probewise`."""

from service.cli.app import main

main()
