"""`python -m smart_support` is the command `smart-support`."""

from smart_support.cli import main

main()
