"""`python -m paystates` is the command line too, for whoever has no scripts on the path."""

from paystates.cli import main

if __name__ == "__main__":
    main()
