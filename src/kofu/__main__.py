"""`python -m kofu`."""

from kofu.cli import main

if __name__ == "__main__":
    main()
