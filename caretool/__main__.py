"""`python -m caretool`: the program, where its folder is not on the PATH."""

from caretool.cli import main

main()
